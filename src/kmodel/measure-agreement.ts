import type { ProgressReporter } from '../base/progress';
import { throwIfCancelled } from '../base/user-error';
import type { Engine } from '../engine/engine';
import type { CompiledModel } from './compiler/compile';
import type { DeviceGraph } from './compiler/device-graph';
import { buildFloatGraph } from './compiler/float-graph';
import type { Quantization } from './compiler/quantization';
import type { KmodelFacts } from './kmodel-facts';
import { SimulatedEmbedder } from './simulated-embedder';

export interface Agreement {
  readonly meanCosine: number;
  readonly leastCosine: number;
  /** For each layer of the program whose output is a map of the network: power of the floats over power of the difference, in decibels. */
  readonly signalToNoiseDb: readonly (number | undefined)[];
}

/** Runs faces through the floats and through the simulated chip. @throws CancelledError */
export async function measureAgreement(
  engine: Engine, graph: DeviceGraph, compiled: CompiledModel, facts: Pick<KmodelFacts, 'input' | 'embeddingLength'>,
  faces: readonly Uint8Array[], progress: ProgressReporter, signal: AbortSignal,
): Promise<Agreement> {
  const float = buildFloatGraph(graph);
  const session = engine.openSession(float.graph);
  const embedder = new SimulatedEmbedder(compiled.program, facts, 'the compiled model');
  const names = [...float.outputs.keys()];
  const noise = new LayerNoise(compiled);
  const cosines: number[] = [];
  const { width, height, channels } = graph.input;
  try {
    for (const [index, face] of faces.entries()) {
      throwIfCancelled(signal, 'The conversion');
      const tensors = await session.run({ [float.pixels]: { dtype: 'uint8', shape: [1, height, width, channels], data: face } }, names.map((name) => float.outputs.get(name) ?? name));
      const floats = new Map(tensors.map((tensor, i) => [names[i] ?? '', { shape: tensor.shape, data: tensor.data as Float32Array }]));
      const embedding = embedder.embed(face, (layer, output) => noise.add(layer, output, floats));
      cosines.push(cosine(embedding, tensors.at(-1)?.data as Float32Array));
      progress.report({ label: 'Simulating', done: index + 1, total: faces.length, unit: 'faces' });
    }
  } finally {
    session.close();
  }
  return { meanCosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length, leastCosine: Math.min(...cosines), signalToNoiseDb: noise.decibels() };
}

interface FloatOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Gathers power of signal and of noise for each convolution. */
class LayerNoise {
  private readonly sums: { signal: number; noise: number }[];

  constructor(private readonly compiled: CompiledModel) {
    this.sums = compiled.layerNames.map(() => ({ signal: 0, noise: 0 }));
  }

  add(layer: number, output: Uint8Array | Float32Array, floats: ReadonlyMap<string, FloatOutput>): void {
    const name = this.compiled.layerNames[layer] ?? '';
    const float = floats.get(name);
    const quantization = this.compiled.quantization.get(name);
    const sums = this.sums[layer];
    // A convolution that keeps all pixels for its reader to pick has no counterpart in floats.
    if (!(output instanceof Uint8Array) || !float || !quantization || !sums || output.length !== float.data.length || float.shape.length !== 4) return;
    this.compare(output, float, quantization, sums);
  }

  private compare(bytes: Uint8Array, { shape, data }: FloatOutput, { scale, zero }: Quantization, sums: { signal: number; noise: number }): void {
    const channels = shape.at(-1) ?? 1;
    const pixels = data.length / channels;
    const turned = this.compiled.inputTurn === 'rotate180';
    for (let i = 0; i < data.length; i++) {
      const pixel = Math.floor(i / channels);
      const place = (i % channels) * pixels + (turned ? pixels - 1 - pixel : pixel);
      const value = data[i] as number;
      const difference = scale * ((bytes[place] as number) - zero) - value;
      sums.signal += value * value;
      sums.noise += difference * difference;
    }
  }

  decibels(): (number | undefined)[] {
    return this.sums.map(({ signal, noise }) => (signal > 0 && noise > 0 ? 10 * Math.log10(signal / noise) : undefined));
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
