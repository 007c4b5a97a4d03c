import type { ExplorerRequest } from '../../src/protocol/explorer-page';
import type { ExplorerStringKey } from '../../src/protocol/explorer-strings';
import type { Figures } from '../../src/protocol/figures';
import type { PageText } from '../common/page-texts';

/** What every section of the page needs. */
export interface PageContext {
  readonly figures: Figures;
  readonly text: PageText<ExplorerStringKey>;
  /** Asks the host; a refusal is shown on the page. */
  readonly request: (request: ExplorerRequest) => void;
  /** Asks the host for an answer. @throws Error with the host's sentence */
  readonly ask: (request: ExplorerRequest) => Promise<unknown>;
  /** Speaks to those who do not see the page. */
  readonly say: (sentence: string) => void;
}
