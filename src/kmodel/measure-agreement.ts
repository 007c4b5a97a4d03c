import type { ProgressReporter } from '../base/progress';
import { throwIfCancelled } from '../base/user-error';
import type { Engine } from '../engine/engine';
import { cosineFrom, cosineOf } from '../protocol/cosine';
import type { CompiledModel } from './compiler/compile';
import type { DeviceGraph } from './compiler/device-graph';
import { buildFloatGraph } from './compiler/float-graph';
import { turnedPicture } from './compiler/turn-for-stride';
import type { KmodelFacts } from './kmodel-facts';
import { SimulatedEmbedder } from './simulated-embedder';

export interface Agreement {
  readonly meanCosine: number;
  readonly leastCosine: number;
  /** For each layer of the program; undefined where its output is no map of the network. */
  readonly layers: readonly (LayerAgreement | undefined)[];
}

export interface LayerAgreement {
  /** Power of the floats over power of the difference, decibels. */
  readonly signalToNoiseDb: number;
  /** Between all values of the layer. */
  readonly cosine: number;
}

export interface MeasuredModel {
  /** The network in floats, with channels as the chip has them. */
  readonly reference: DeviceGraph;
  readonly compiled: CompiledModel;
  readonly facts: Pick<KmodelFacts, 'input' | 'embeddingLength'>;
}

/** Runs faces through the floats and through the simulated chip. @throws CancelledError */
export async function measureAgreement(
  engine: Engine, { reference, compiled, facts }: MeasuredModel, faces: readonly Uint8Array[], progress: ProgressReporter, signal: AbortSignal,
): Promise<Agreement> {
  const float = buildFloatGraph(reference);
  const session = engine.openSession(float.graph);
  const embedder = new SimulatedEmbedder(compiled.program, facts, 'the compiled model');
  const names = [...float.outputs.keys()];
  const layers = new LayerComparison(compiled);
  const cosines: number[] = [];
  const { width, height, channels } = reference.input;
  try {
    for (const [index, face] of faces.entries()) {
      throwIfCancelled(signal, 'The conversion');
      const data = turnedPicture(face, facts.input.turn);
      const tensors = await session.run({ [float.pixels]: { dtype: 'uint8', shape: [1, height, width, channels], data } }, names.map((name) => float.outputs.get(name) ?? name));
      const floats = new Map(tensors.map((tensor, i) => [names[i] ?? '', { channels: tensor.shape.at(-1) ?? 1, data: tensor.data as Float32Array }]));
      const embedding = embedder.embed(face, (layer, output) => layers.add(layer, output, floats));
      cosines.push(cosineOf(embedding, tensors.at(-1)?.data as Float32Array));
      progress.report({ label: 'Simulating', done: index + 1, total: faces.length, unit: 'faces' });
    }
  } finally {
    session.close();
  }
  return { meanCosine: cosines.reduce((sum, value) => sum + value, 0) / cosines.length, leastCosine: Math.min(...cosines), layers: layers.finish() };
}

interface FloatOutput {
  readonly channels: number;
  /** [height][width][channels] */
  readonly data: Float32Array;
}

/** Products of the chip's and the floats' values with themselves and with each other. */
interface Sums {
  chip: number;
  float: number;
  both: number;
}

/** Gathers for each layer how its bytes agree with the floats. */
class LayerComparison {
  private readonly sums: (Sums | undefined)[];

  constructor(private readonly compiled: CompiledModel) {
    this.sums = compiled.origins.map(({ channels }) => (channels ? { chip: 0, float: 0, both: 0 } : undefined));
  }

  add(layer: number, output: Uint8Array | Float32Array, floats: ReadonlyMap<string, FloatOutput>): void {
    const { name = '', channels } = this.compiled.origins[layer] ?? {};
    const float = floats.get(name);
    const quantization = this.compiled.quantization.get(name);
    const sums = this.sums[layer];
    if (!channels || !float || !quantization || !sums) return;
    const { scale, zero } = output instanceof Uint8Array ? quantization : { scale: 1, zero: 0 };
    const pixels = float.data.length / float.channels;
    const placeOf = storedPlaces(output.length / channels.count, pixels);
    for (let channel = 0; channel < channels.count; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const value = float.data[pixel * float.channels + channels.first + channel] as number;
        const chip = scale * ((output[(channel * output.length) / channels.count + placeOf(pixel)] as number) - zero);
        sums.chip += chip * chip;
        sums.float += value * value;
        sums.both += chip * value;
      }
    }
  }

  finish(): (LayerAgreement | undefined)[] {
    return this.sums.map((sums) => {
      if (!sums || sums.float === 0) return undefined;
      const noise = sums.chip + sums.float - 2 * sums.both;
      return { signalToNoiseDb: 10 * Math.log10(sums.float / Math.max(noise, 1e-12 * sums.float)), cosine: cosineFrom(sums.both, sums.chip, sums.float) };
    });
  }
}

/** Where a pixel of the network lies in a stored map: that of a depthwise convolution of stride 2 has twice as many rows and columns. */
function storedPlaces(stored: number, pixels: number): (pixel: number) => number {
  if (stored === pixels) return (pixel) => pixel;
  const width = Math.sqrt(pixels);
  return (pixel) => 2 * Math.floor(pixel / width) * 2 * width + 2 * (pixel % width);
}
