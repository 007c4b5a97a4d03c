import { silentProgress, type ProgressReporter } from '../../../base/progress';
import { throwIfCancelled } from '../../../base/user-error';
import type { FoldedNetwork } from '../../fold-batch-normalization';
import { addNetwork, negatedLayers } from '../../forward';
import { GraphBuilder } from '../../graph/graph-builder';
import { inputLayer } from '../../layer-shapes';
import type { LeakyReluLayer, NetworkSpec } from '../../network-spec';
import { weightOf } from '../../weight-definitions';
import type { GraphRunner } from '../graph-runner';
import type { ValueRange } from './quantization';

export interface CalibrationOptions {
  /**
   * Share of each layer's values, in percent, that the range must hold: 100 takes the smallest and the largest,
   * 99.99 leaves rare values outside (they saturate) for finer steps.
   */
  readonly percentile: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

const batchSize = 8;
/** Bins between the smallest and the largest value: finer than the 256 steps that the range is cut into afterwards. */
const histogramBins = 4096;

interface LayerHistogram {
  readonly range: ValueRange;
  readonly counts: Float64Array;
}

/**
 * What the output of each layer is seen to take on real faces.
 * @param crops RGB 0..255, each [size, size, 3]
 * @returns range by layer name, the input included
 */
export async function calibrate(network: FoldedNetwork, crops: readonly Uint8Array[], runner: GraphRunner, options: CalibrationOptions): Promise<Map<string, ValueRange>> {
  const { graph, input, outputs } = buildObservedGraph(network);
  const session = runner.openSession(graph.build());
  const { progress = silentProgress, percentile } = options;
  const passes = percentile < 100 ? 2 : 1;
  const negated = negatedLayers(network.spec);
  let seen = 0;
  const visit = async (observe: (layer: string, values: Float32Array) => void): Promise<void> => {
    for (let start = 0; start < crops.length; start += batchSize) {
      throwIfCancelled(options.signal, 'The calibration');
      const batch = crops.slice(start, start + batchSize);
      const pixels = normalisedPixels(network, batch);
      const feed = { dtype: 'float32', shape: [batch.length, ...inputLayer(network.spec).shape], data: pixels } as const;
      observe(inputLayer(network.spec).name, pixels);
      const tensors = await session.run({ [input]: feed }, [...outputs.values()]);
      [...outputs.keys()].forEach((layer, i) => {
        const values = tensors[i]?.data;
        if (values instanceof Float32Array) observe(layer, negated.has(layer) ? values.map((value) => -value) : values);
      });
      seen += batch.length;
      progress.report({ label: 'Calibrating', done: seen, total: crops.length * passes, unit: 'faces' });
    }
  };
  try {
    const ranges = new Map<string, ValueRange>();
    await visit((layer, values) => ranges.set(layer, widened(ranges.get(layer), values)));
    if (passes === 1) return withLeakyInputs(network.spec, ranges);
    const histograms = new Map([...ranges].map(([layer, range]): [string, LayerHistogram] => [layer, { range, counts: new Float64Array(histogramBins) }]));
    await visit((layer, values) => countInto(histograms.get(layer), values));
    return withLeakyInputs(network.spec, new Map([...histograms].map(([layer, histogram]) => [layer, percentileRange(histogram, percentile)])));
  } finally {
    session.close();
  }
}

/** The network with the output of every layer in reach. */
function buildObservedGraph({ spec, weights }: FoldedNetwork): { graph: GraphBuilder; input: string; outputs: Map<string, string> } {
  const graph = new GraphBuilder();
  const input = graph.placeholder('calibration_input', [-1, ...inputLayer(spec).shape]);
  addNetwork(graph, spec, input, {
    weight: (name) => {
      const { shape, data } = weightOf(weights, name);
      return graph.constant({ dtype: 'float32', shape, data }, 'weight');
    },
  });
  const outputs = new Map<string, string>();
  const leaky = leakyReaders(spec);
  for (const layer of spec.layers) {
    if (leaky.has(layer.name)) continue;
    // Each layer is a scope of its own name, and the operation that it adds last gives its output.
    const last = graph.records.findLast(({ node }) => node.name.startsWith(`${layer.name}/`));
    const output = last?.outputs[0];
    if (output) outputs.set(layer.name, output.ref);
  }
  return { graph, input: input.ref, outputs };
}

/**
 * LeakyReLU layers by the layer that they read. TensorFlow fuses a bias with the LeakyReLU behind it even when the bias is to be
 * fetched, so the range of what goes in is calculated from what comes out.
 */
function leakyReaders(spec: NetworkSpec): Map<string, LeakyReluLayer> {
  const leaky = spec.layers.filter((layer): layer is LeakyReluLayer => layer.kind === 'leakyRelu' && layer.negativeSlope > 0);
  const isInput = (name: string): boolean => name === inputLayer(spec).name;
  return new Map(leaky.filter((layer) => !isInput(layer.input)).map((layer) => [layer.input, layer]));
}

function withLeakyInputs(spec: NetworkSpec, ranges: ReadonlyMap<string, ValueRange>): Map<string, ValueRange> {
  const complete = new Map(ranges);
  for (const [layer, { name, negativeSlope }] of leakyReaders(spec)) {
    const range = ranges.get(name);
    if (range) complete.set(layer, { min: range.min < 0 ? range.min / negativeSlope : range.min, max: range.max });
  }
  return complete;
}

function normalisedPixels({ spec }: FoldedNetwork, crops: readonly Uint8Array[]): Float32Array {
  const length = inputLayer(spec).shape.reduce((product, size) => product * size, 1);
  const { mean, deviation } = spec.normalization;
  const pixels = new Float32Array(length * crops.length);
  crops.forEach((crop, row) => crop.forEach((value, i) => (pixels[row * length + i] = (value - mean) / deviation)));
  return pixels;
}

function widened(known: ValueRange | undefined, values: Float32Array): ValueRange {
  let { min, max } = known ?? { min: Infinity, max: -Infinity };
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function countInto(histogram: LayerHistogram | undefined, values: Float32Array): void {
  if (!histogram) return;
  const { range: { min, max }, counts } = histogram;
  const binsPerUnit = max > min ? (histogramBins - 1e-3) / (max - min) : 0;
  for (const value of values) {
    const bin = Math.floor((value - min) * binsPerUnit);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
}

/** The range that leaves out half of what may be left out at each end. */
export function percentileRange({ range: { min, max }, counts }: LayerHistogram, percentile: number): ValueRange {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const outside = (total * (1 - percentile / 100)) / 2;
  const width = (max - min) / counts.length;
  let first = 0;
  for (let sum = counts[0] ?? 0; sum <= outside && first < counts.length - 1; sum += counts[first] ?? 0) first++;
  let last = counts.length - 1;
  for (let sum = counts[last] ?? 0; sum <= outside && last > first; sum += counts[last] ?? 0) last--;
  return { min: min + first * width, max: min + (last + 1) * width };
}
