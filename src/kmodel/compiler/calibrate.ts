import type { ProgressReporter } from '../../base/progress';
import { throwIfCancelled, UserError } from '../../base/user-error';
import type { Engine } from '../../engine/engine';
import type { DeviceGraph } from './device-graph';
import { buildFloatGraph } from './float-graph';

/** What a node's output was on the calibration pictures. */
export interface OutputStatistics {
  readonly minimum: number;
  readonly maximum: number;
  /** Values from all channels and places, some thousand a batch. */
  readonly samples: Float32Array;
}

export interface CalibrationPictures {
  readonly count: number;
  /** Aligned RGB picture [height, width, 3]. */
  read(index: number): Promise<Uint8Array>;
}

export interface Calibration {
  readonly statistics: ReadonlyMap<string, OutputStatistics>;
  /** Embeddings of the pictures in floats, not normalised. */
  readonly embeddings: readonly Float32Array[];
}

const batchPictures = 8;
const samplesPerBatch = 4096;

/**
 * Runs the network in floats on the calibration pictures.
 * @throws UserError when a value is not finite; CancelledError
 */
export async function calibrate(
  engine: Engine, graph: DeviceGraph, pictures: CalibrationPictures, progress: ProgressReporter, signal: AbortSignal,
): Promise<Calibration> {
  const { width, height, channels } = graph.input;
  const float = buildFloatGraph(graph);
  const session = engine.openSession(float.graph);
  const names = graph.nodes.map((node) => node.name);
  const fetches = names.map((name) => float.outputs.get(name) ?? name);
  const collectors = new Map(names.map((name) => [name, new StatisticsCollector(name)]));
  const embeddings: Float32Array[] = [];
  try {
    for (let first = 0; first < pictures.count; first += batchPictures) {
      throwIfCancelled(signal, 'The conversion');
      const count = Math.min(batchPictures, pictures.count - first);
      const pixels = new Uint8Array(count * width * height * channels);
      for (let i = 0; i < count; i++) pixels.set(await pictures.read(first + i), i * width * height * channels);
      const outputs = await session.run({ [float.pixels]: { dtype: 'uint8', shape: [count, height, width, channels], data: pixels } }, fetches);
      outputs.forEach((output, i) => collectors.get(names[i] ?? '')?.add(output.data as Float32Array));
      const last = outputs.at(-1)?.data as Float32Array;
      for (let i = 0; i < count; i++) embeddings.push(last.slice((i * last.length) / count, ((i + 1) * last.length) / count));
      progress.report({ label: 'Calibrating', done: first + count, total: pictures.count, unit: 'pictures' });
    }
  } finally {
    session.close();
  }
  return { statistics: new Map([...collectors].map(([name, collector]) => [name, collector.finish()])), embeddings };
}

/** Places spread evenly without a period: a fixed step would meet the same channels again and again. */
function spreadIndex(i: number, length: number): number {
  const goldenRatio = 0.618_033_988_749_894_9;
  return Math.floor(((i * goldenRatio) % 1) * length);
}

class StatisticsCollector {
  private minimum = Infinity;
  private maximum = -Infinity;
  private readonly samples: Float32Array[] = [];

  constructor(private readonly name: string) {}

  add(values: Float32Array): void {
    for (const value of values) {
      if (value < this.minimum) this.minimum = value;
      if (value > this.maximum) this.maximum = value;
    }
    const count = Math.min(values.length, samplesPerBatch);
    this.samples.push(Float32Array.from({ length: count }, (_, i) => values[spreadIndex(i, values.length)] as number));
  }

  finish(): OutputStatistics {
    if (!Number.isFinite(this.minimum) || !Number.isFinite(this.maximum)) {
      throw new UserError(`Layer ${this.name} gives values that are not finite on the calibration pictures.`, 'Train the model again, or check its weights.');
    }
    const samples = new Float32Array(this.samples.reduce((sum, part) => sum + part.length, 0));
    this.samples.reduce((start, part) => (samples.set(part, start), start + part.length), 0);
    return { minimum: this.minimum, maximum: this.maximum, samples };
  }
}
