import type { ProgressReporter } from '../../base/progress';
import { throwIfCancelled } from '../../base/user-error';
import type { Engine } from '../../engine/engine';
import type { DeviceGraph } from './device-graph';
import { buildFloatGraph } from './float-graph';
import { StatisticsCollector, type OutputStatistics } from './output-statistics';

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
  const slopeNames = [...float.negativePowers.keys()];
  const fetches = [...slopeNames.map((name) => float.negativePowers.get(name) ?? name), ...names.map((name) => float.outputs.get(name) ?? name)];
  const collectors = new Map(graph.nodes.map(({ name, output }) => [name, new StatisticsCollector(name, output.channels)]));
  const embeddings: Float32Array[] = [];
  try {
    for (let first = 0; first < pictures.count; first += batchPictures) {
      throwIfCancelled(signal, 'The conversion');
      const count = Math.min(batchPictures, pictures.count - first);
      const pixels = new Uint8Array(count * width * height * channels);
      for (let i = 0; i < count; i++) pixels.set(await pictures.read(first + i), i * width * height * channels);
      const outputs = await session.run({ [float.pixels]: { dtype: 'uint8', shape: [count, height, width, channels], data: pixels } }, fetches);
      slopeNames.forEach((name, i) => collectors.get(name)?.addNegativePower(outputs[i]?.data as Float32Array, count));
      names.forEach((name, i) => collectors.get(name)?.add(outputs[slopeNames.length + i]?.data as Float32Array));
      const last = outputs.at(-1)?.data as Float32Array;
      for (let i = 0; i < count; i++) embeddings.push(last.slice((i * last.length) / count, ((i + 1) * last.length) / count));
      progress.report({ label: 'Calibrating', done: first + count, total: pictures.count, unit: 'pictures' });
    }
  } finally {
    session.close();
  }
  return { statistics: new Map([...collectors].map(([name, collector]) => [name, collector.finish()])), embeddings };
}
