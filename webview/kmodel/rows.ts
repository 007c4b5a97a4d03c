import type { InspectedLayer, KmodelInspection } from '../../src/protocol/kmodel-inspection';

/** A line of the layer table: one layer, or layers that come again and again as one. */
export interface LayerRow {
  readonly first: number;
  readonly last: number;
  readonly title: string;
  readonly output: string;
  readonly parameterBytes: number;
  /** Most lines of KPU memory that one of its results takes; absent where none is in it. */
  readonly kpuLines?: number;
  /** That of its least exact layer. */
  readonly signalToNoiseDb?: number;
  /** Milliseconds by the unit that computes. */
  readonly kpuMs: number;
  readonly cpuMs: number;
  /** The single layers of a group; empty otherwise. */
  readonly layers: readonly LayerRow[];
}

/** The table's rows, repeats folded. */
export function foldLayers({ layers, repeats }: Pick<KmodelInspection, 'layers' | 'repeats'>): LayerRow[] {
  const rows: LayerRow[] = [];
  for (let index = 0; index < layers.length; ) {
    const repeat = repeats.find(({ firstLayer }) => firstLayer === index);
    const last = repeat?.lastLayer ?? index;
    const own = layers.slice(index, last + 1);
    rows.push(repeat === undefined ? rowOf(own, own[0]?.title ?? '', []) : rowOf(own, groupTitle(own, repeat.period), own.map((layer) => rowOf([layer], layer.title, []))));
    index = last + 1;
  }
  return rows;
}

function rowOf(layers: readonly InspectedLayer[], title: string, inner: readonly LayerRow[]): LayerRow {
  const lines = layers.flatMap(({ kpuLines }) => kpuLines ?? []);
  const noises = layers.flatMap(({ signalToNoiseDb }) => signalToNoiseDb ?? []);
  const time = (unit: 'kpu' | 'cpu'): number => layers.reduce((sum, layer) => (layer.unit === unit ? sum + (layer.estimatedMs ?? 0) : sum), 0);
  return {
    first: layers[0]?.index ?? 0, last: layers.at(-1)?.index ?? 0, title, output: layers.at(-1)?.output ?? '',
    parameterBytes: layers.reduce((sum, { parameterBytes }) => sum + parameterBytes, 0),
    ...(lines.length === 0 ? {} : { kpuLines: Math.max(...lines) }), ...(noises.length === 0 ? {} : { signalToNoiseDb: Math.min(...noises) }),
    kpuMs: time('kpu'), cpuMs: time('cpu'), layers: inner,
  };
}

/** "7 × depthwise 3x3, conv 1x1"; equal neighbours in the sequence are counted: "2 × 4 conv 1x1, depthwise 3x3". */
function groupTitle(layers: readonly InspectedLayer[], period: number): string {
  const parts: { title: string; count: number }[] = [];
  for (const { title } of layers.slice(0, period)) {
    const before = parts.at(-1);
    if (before?.title === title) before.count++;
    else parts.push({ title, count: 1 });
  }
  return `${layers.length / period} × ${parts.map(({ title, count }) => (count > 1 ? `${count} ${title}` : title)).join(', ')}`;
}

/** The row that takes most of the time. */
export function costliestRow(rows: readonly LayerRow[]): LayerRow | undefined {
  return rows.reduce<LayerRow | undefined>((most, row) => (most === undefined || timeOf(row) > timeOf(most) ? row : most), undefined);
}

export function timeOf({ kpuMs, cpuMs }: LayerRow): number {
  return kpuMs + cpuMs;
}

/** Sizes as people write them: "conv 3x3, 56 x 56 x 64" -> "conv 3 × 3, 56 × 56 × 64". */
export function withTimesSigns(text: string): string {
  return text.replace(/(?<=\d) ?x ?(?=\d)/gu, ' × ');
}
