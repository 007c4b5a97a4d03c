import { UserError } from '../base/user-error';
import type { KmodelFacts } from './kmodel-facts';
import { planarPicture } from './simulator/picture-input';
import { Simulator } from './simulator/simulate';
import type { Program } from './v3/program';

/** A compiled face model in the simulator: aligned crops to embeddings. */
export class SimulatedEmbedder {
  readonly imageSize: number;
  readonly embeddingLength: number;
  private readonly simulator: Simulator;

  /** @throws UserError when the program does not take the pictures that its facts name */
  constructor(program: Program, private readonly facts: Pick<KmodelFacts, 'input' | 'embeddingLength'>, file: string) {
    this.simulator = new Simulator(program, file);
    this.imageSize = facts.input.size;
    this.embeddingLength = facts.embeddingLength;
    const { input } = this.simulator;
    if (input.kind !== 'picture' || input.width !== this.imageSize || input.height !== this.imageSize || input.channels !== 3) {
      throw new UserError(`${file} does not take pictures of ${this.imageSize} x ${this.imageSize} pixels, as the JSON file beside it says.`, 'Convert the model again.');
    }
    if (program.outputs[0]?.sizeBytes !== 4 * this.embeddingLength) {
      throw new UserError(`${file} does not give embeddings of ${this.embeddingLength} numbers, as the JSON file beside it says.`, 'Convert the model again.');
    }
  }

  /**
   * @param crop RGB [size, size, 3]
   * @param onLayer as of `Simulator.run`
   * @returns embedding, L2-normalised
   */
  embed(crop: Uint8Array, onLayer?: (index: number, output: Uint8Array | Float32Array) => void): Float32Array {
    const planar = planarPicture(crop, 3);
    const [output] = this.simulator.run(this.facts.input.turn === 'rotate180' ? turnedPlanes(planar) : planar, onLayer);
    if (!output) throw new Error('The program has no output');
    return unitLength(new Float32Array(output.buffer));
  }
}

/** Each plane backwards: turned by 180 degrees. */
function turnedPlanes(planar: Uint8Array): Uint8Array {
  const pixels = planar.length / 3;
  return Uint8Array.from({ length: planar.length }, (_, i) => planar[Math.floor(i / pixels) * pixels + pixels - 1 - (i % pixels)] as number);
}

/** An embedding scaled to Euclidean length 1, rounded to float32 value by value; zeros stay. */
export function unitLength(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? vector.map((value) => value / length) : vector;
}
