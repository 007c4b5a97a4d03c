import type { KmodelInspection } from '../../src/protocol/kmodel-inspection';
import type { KmodelStringKey } from '../../src/protocol/kmodel-strings';
import { element, icon } from '../common/element';
import { layersText, milliseconds, type PageContext } from './page-context';
import { costliestRow, timeOf, withTimesSigns, type LayerRow } from './rows';

/** What takes most of the time, and what makes it less; nothing without an estimate. */
export function costliestSentence(context: PageContext, { estimatedMs, layers }: KmodelInspection, rows: readonly LayerRow[]): HTMLElement[] {
  const row = costliestRow(rows);
  if (estimatedMs === undefined || row === undefined) return [];
  const { figures, text } = context;
  const time = timeOf(row);
  const sentence = text(row.first === row.last ? 'costliestOne' : 'costliest', layersText(context, row), milliseconds(context, time), figures.percentText(time / estimatedMs, 0), withTimesSigns(row.title));
  return [element('div', { class: 'find costliest' }, element('span', { class: 'info' }, icon('lightbulb')), element('p', {}, sentence), element('p', {}, text(wayOut(row, layers[row.first]?.kind ?? ''))))];
}

/** Only ways that this product offers. */
function wayOut({ cpuMs, kpuMs }: LayerRow, kind: string): KmodelStringKey {
  if (kpuMs >= cpuMs) return 'wayKpu';
  switch (kind) {
    case 'channelwiseDequantize':
    case 'globalAveragePool2d':
      return 'wayWholeMap';
    case 'fullyConnected':
      return 'wayFullyConnected';
    case 'add':
    case 'quantizedAdd':
      return 'wayAddition';
    default:
      return 'wayCpu';
  }
}
