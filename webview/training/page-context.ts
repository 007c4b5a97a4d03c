import type { Figures } from '../../src/protocol/figures';
import type { PanelRequest } from '../../src/protocol/training-panel';
import { fillString } from '../../src/protocol/page-strings';
import type { TrainingStringKey, TrainingStrings } from '../../src/protocol/training-strings';
import type { ViewState } from './view-state';

/** What every section of the page needs. */
export interface PageContext {
  readonly figures: Figures;
  readonly strings: TrainingStrings;
  /** Asks the host; a refusal is shown on the page. @param waits the host asks the user first */
  readonly request: (request: PanelRequest, waits?: boolean) => void;
  readonly viewState: () => ViewState;
  readonly setViewState: (state: ViewState) => void;
}

/** A text of the page with its values filled in. */
export function text(context: Pick<PageContext, 'strings'>, key: TrainingStringKey, ...values: readonly (string | number)[]): string {
  return fillString(context.strings[key], ...values);
}
