import type { Figures } from '../../src/protocol/figures';
import type { KmodelRequest } from '../../src/protocol/kmodel-page';
import type { KmodelStringKey } from '../../src/protocol/kmodel-strings';
import type { PageText } from '../common/page-texts';

/** Layers that are selected, first and last. */
export interface LayerSelection {
  readonly first: number;
  readonly last: number;
}

/** What every section of the page needs. */
export interface PageContext {
  readonly figures: Figures;
  readonly text: PageText<KmodelStringKey>;
  /** Asks the host; a refusal is shown on the page. */
  readonly request: (name: KmodelRequest['name']) => void;
  readonly select: (selection: LayerSelection) => void;
}

/** "0.92" */
export function milliseconds({ figures }: PageContext, value: number): string {
  return figures.fixed(value, value < 10 ? 2 : 1);
}

/** "Layers 7 to 12" or "Layer 7" */
export function layersText({ figures, text }: PageContext, { first, last }: LayerSelection): string {
  return first === last ? text('layerOne', figures.count(first)) : text('layerRange', figures.count(first), figures.count(last));
}
