import type { InspectedLayer, KmodelInspection } from '../../src/protocol/kmodel-inspection';
import { element } from '../common/element';
import { kpuLineBytes } from './memory-use';
import { layersText, type LayerSelection, type PageContext } from './page-context';
import { withTimesSigns } from './rows';

type Fact = readonly [name: string, value: string];

/** How the selected layers' numbers stand for real ones, and how exact they are. */
export function layerDetails(context: PageContext, inspection: KmodelInspection, selection: LayerSelection): HTMLElement {
  const { text } = context;
  const layers = inspection.layers.slice(selection.first, selection.last + 1);
  const [only] = layers;
  const facts = layers.length === 1 && only !== undefined ? layerFacts(context, only) : groupFacts(context, layers);
  const hasFacts = inspection.agreement !== undefined;
  return element('section', { 'class': 'details', 'aria-labelledby': 'details-title' },
    element('div', { class: 'ptitle' }, element('h2', { id: 'details-title' }, layersText(context, selection)), element('span', { class: 'mute sm' }, withTimesSigns(layers.length === 1 ? (only?.shape ?? '') : ''))),
    element('dl', {}, ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', { class: 'num' }, value)])),
    ...(hasFacts ? [] : [element('p', { class: 'mute sm' }, text('detailNone'))]));
}

function layerFacts({ figures, text }: PageContext, { name, range, quantization, signalToNoiseDb, cosine, kpuLines }: InspectedLayer): Fact[] {
  const facts: (Fact | undefined)[] = [
    name === undefined ? undefined : [text('detailName'), name],
    range && [text('detailRange'), text('detailChosen', figures.fixed(range.minimum, 3), figures.fixed(range.maximum, 3), range.criterion)],
    quantization?.inputZero === undefined ? undefined : [text('detailZero'), figures.count(quantization.inputZero)],
    quantization?.weightZero === undefined ? undefined : [text('detailWeightZero'), figures.fixed(quantization.weightZero, Number.isInteger(quantization.weightZero) ? 0 : 2)],
    quantization?.segments === undefined ? undefined : [text('detailSegments'), text('segments', figures.count(quantization.segments))],
    quantization?.scale === undefined ? undefined : [text('detailScale'), `byte × ${quantization.scale.toPrecision(4)} ${(quantization.bias ?? 0) < 0 ? '−' : '+'} ${Math.abs(quantization.bias ?? 0).toPrecision(4)}`],
    signalToNoiseDb === undefined ? undefined : [text('detailNoise'), `${figures.fixed(signalToNoiseDb, 1)} dB`],
    cosine === undefined ? undefined : [text('detailCosine'), figures.fixed(cosine, 4)],
    kpuLines === undefined ? undefined : [text('detailWritten'), figures.binaryBytesText(kpuLines * kpuLineBytes)],
  ];
  return facts.filter((fact) => fact !== undefined);
}

function groupFacts({ figures, text }: PageContext, layers: readonly InspectedLayer[]): Fact[] {
  const noisiest = leastOf(layers, ({ signalToNoiseDb }) => signalToNoiseDb);
  const leastAlike = leastOf(layers, ({ cosine }) => cosine);
  const where = ({ name, index }: InspectedLayer): string => name ?? text('layerOne', figures.count(index));
  return [
    ...(noisiest === undefined ? [] : [[text('detailWorstNoise'), text('detailOf', `${figures.fixed(noisiest.value, 1)} dB`, where(noisiest.layer))] as const]),
    ...(leastAlike === undefined ? [] : [[text('detailWorstCosine'), text('detailOf', figures.fixed(leastAlike.value, 4), where(leastAlike.layer))] as const]),
    [text('detailWritten'), figures.binaryBytesText(layers.reduce((sum, { kpuLines = 0 }) => sum + kpuLines * kpuLineBytes, 0))],
  ];
}

function leastOf(layers: readonly InspectedLayer[], value: (layer: InspectedLayer) => number | undefined): { layer: InspectedLayer; value: number } | undefined {
  const known = layers.flatMap((layer) => {
    const own = value(layer);
    return own === undefined ? [] : [{ layer, value: own }];
  });
  return known.reduce<{ layer: InspectedLayer; value: number } | undefined>((least, item) => (least === undefined || item.value < least.value ? item : least), undefined);
}
