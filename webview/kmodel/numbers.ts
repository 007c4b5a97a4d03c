import type { FigurePart } from '../../src/protocol/figures';
import type { KmodelInspection } from '../../src/protocol/kmodel-inspection';
import type { KmodelStringKey } from '../../src/protocol/kmodel-strings';
import { element } from '../common/element';
import { kpuMemoryBytes } from './memory-use';
import type { PageContext } from './page-context';

interface Stat {
  readonly id: string;
  readonly label: KmodelStringKey;
  readonly part: FigurePart | undefined;
  readonly note: string;
  readonly hot?: boolean;
}

/** The five headline numbers. */
export function numbers(context: PageContext, inspection: KmodelInspection): HTMLElement {
  const { text } = context;
  return element('section', { 'class': 'stats', 'aria-label': text('numbersLabel') }, ...statsOf(context, inspection).map(({ id, label, part, note, hot }) =>
    element('div', { 'class': hot === true ? 'stat hot' : 'stat', 'data-stat': id }, element('span', {}, text(label)),
      element('b', {}, ...(part === undefined ? ['–'] : part.unit === '' ? [part.value] : [part.value, element('small', {}, part.unit)])), element('em', {}, note))));
}

function statsOf({ figures, text }: PageContext, { estimatedMs, cpuShare, kpuMemoryBytes: kpuBytes, fileBytes, neededMemoryBytes, agreement }: KmodelInspection): Stat[] {
  const unknown = text('statOneVersion');
  return [
    {
      id: 'time', label: 'statTime', hot: true, part: estimatedMs === undefined ? undefined : { value: figures.fixed(estimatedMs, 1), unit: 'ms' },
      note: estimatedMs === undefined ? unknown : text('statPerSecond', figures.count(1000 / estimatedMs)),
    },
    {
      id: 'cpu', label: 'statCpuShare', part: cpuShare === undefined ? undefined : figures.percent(cpuShare, 0),
      note: cpuShare === undefined || estimatedMs === undefined ? unknown : text('statOnCpu', figures.fixed(cpuShare * estimatedMs, 1), figures.fixed(estimatedMs, 1)),
    },
    {
      id: 'memory', label: 'statMemory', part: kpuBytes === undefined ? undefined : figures.binaryBytes(kpuBytes),
      note: kpuBytes === undefined ? unknown : text('statOfKpu', figures.percentText(kpuBytes / kpuMemoryBytes, 0)),
    },
    { id: 'file', label: 'statFile', part: figures.binaryBytes(fileBytes), note: text('statLoaded', figures.count(fileBytes), figures.binaryBytesText(neededMemoryBytes)) },
    {
      id: 'likeness', label: 'statLikeness', part: agreement === undefined ? undefined : { value: figures.fixed(agreement.meanCosine, 3), unit: '' },
      note: agreement === undefined ? (estimatedMs === undefined ? unknown : text('statNoFacts')) : text('statWorst', figures.fixed(agreement.leastCosine, 3), figures.count(agreement.faces)),
    },
  ];
}
