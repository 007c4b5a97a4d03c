import type { CompareRequest } from '../../src/protocol/compare-panel';
import type { CompareStringKey } from '../../src/protocol/compare-strings';
import type { Figures } from '../../src/protocol/figures';
import type { PageText } from '../common/page-texts';
import type { ViewState } from './page-model';

/** What every section of the page needs. */
export interface PageContext {
  readonly figures: Figures;
  readonly text: PageText<CompareStringKey>;
  /** Asks the host; a refusal is shown on the page. */
  readonly request: (request: CompareRequest) => void;
  readonly view: () => ViewState;
  readonly setView: (changes: Partial<ViewState>) => void;
}
