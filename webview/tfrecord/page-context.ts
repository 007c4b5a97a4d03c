import type { Figures } from '../../src/protocol/figures';
import type { RecordLabel, RecordTile } from '../../src/protocol/records-page';
import type { RecordsStringKey } from '../../src/protocol/records-strings';
import type { PageText } from '../common/page-texts';

/** What every section of the page needs. */
export interface PageContext {
  readonly figures: Figures;
  readonly text: PageText<RecordsStringKey>;
}

/** "Ann Example", "label 17" or "without a label" */
export function personText({ figures, text }: PageContext, who: Pick<RecordTile, 'label' | 'person'> | RecordLabel): string {
  const name = 'person' in who ? who.person : 'name' in who ? who.name : undefined;
  return name ?? (who.label < 0 ? text('noLabel') : text('labelName', figures.count(who.label)));
}
