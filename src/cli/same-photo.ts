import { existsSync } from 'node:fs';
import { UserError } from '../base/user-error';
import type { Clock } from '../board/clock';
import { askBoardForEmbedding, type AskOptions } from '../board/photo-check/ask-board';
import { compareEmbeddings, type EmbeddingComparison } from '../board/photo-check/compare-embeddings';
import { fromRgb565, toRgb565 } from '../board/photo-check/rgb565';
import type { Transport } from '../board/port/transport';
import { withEmbedder, type EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { readKmodelFacts, type KmodelFacts } from '../kmodel/kmodel-facts';
import { readKmodelFile } from '../kmodel/read-kmodel';
import { SimulatedEmbedder, unitLength } from '../kmodel/simulated-embedder';

export interface SamePhotoResult {
  /** How long the board computed. */
  readonly boardMs: number;
  /** The board's embedding against that of the simulator here. */
  readonly simulator: EmbeddingComparison;
  /** The same against the float model, where it still is. */
  readonly original?: EmbeddingComparison;
  /** The simulator's against the float model: what the conversion costs. */
  readonly simulatorToOriginal?: EmbeddingComparison;
}

/** Below this the board does not compute what the simulator does: not a matter of rounding any more. */
const sameCosine = 0.999;

/** One photo on the board and here: what the desktop expects is computed first, so that the port is not kept waiting. */
export class SamePhoto {
  private constructor(
    private readonly model: string,
    private readonly facts: KmodelFacts,
    private readonly crop: Uint8Array,
    private readonly here: Float32Array,
  ) {}

  /**
   * @param model .kmodel with its facts beside it
   * @param readCrop gives an aligned face, RGB [size][size][3]
   * @throws UserError when the model or the photo cannot be used
   */
  static async of(model: string, readCrop: (facts: KmodelFacts) => Promise<Uint8Array>): Promise<SamePhoto> {
    const facts = await readKmodelFacts(model);
    // What the board gets to see: 16 bits per pixel.
    const crop = fromRgb565(toRgb565(await readCrop(facts)));
    const { kmodel } = await readKmodelFile(model);
    if (kmodel.version !== 3) throw new UserError(`${model} is a kmodel of version ${kmodel.version}; the simulator runs version 3.`, 'Convert the original model to version 3.');
    return new SamePhoto(model, facts, crop, new SimulatedEmbedder(kmodel.program, facts, model).embed(crop));
  }

  /** Sends the photo to the program on the board. @throws BoardError when none answers; UserError when it has a model of another length */
  async askBoard(transport: Transport, clock: Clock, options: AskOptions): Promise<{ readonly boardMs: number; readonly there: Float32Array }> {
    const { ms, values } = await askBoardForEmbedding(transport, clock, this.crop, this.facts.input.size, options);
    if (values.length !== this.here.length) throw new UserError(`The board gives ${values.length} values, ${this.model} ${this.here.length}.`, 'The board has another model: deploy this one, then check again.');
    return { boardMs: ms, there: unitLength(values) };
  }

  /**
   * @param original float model that the user named; undefined: the one that the .kmodel was made from, where it still is
   * @throws UserError when the board does not compute what the simulator does
   */
  async compare({ boardMs, there }: Awaited<ReturnType<SamePhoto['askBoard']>>, original: string | undefined, dependencies: EvaluationDependencies): Promise<SamePhotoResult> {
    const simulator = compareEmbeddings(there, this.here);
    if (simulator.cosine < sameCosine) {
      throw new UserError(
        `The board does not compute what ${this.model} says: the cosine to the simulator is ${simulator.cosine.toFixed(4)}.`,
        'Deploy this model again; if that does not help, report the board, its firmware and this number.',
      );
    }
    const float = await this.originalEmbedding(original, dependencies);
    return { boardMs, simulator, ...(float ? { original: compareEmbeddings(there, float), simulatorToOriginal: compareEmbeddings(this.here, float) } : {}) };
  }

  /** Undefined when the model that the .kmodel was made from is gone; one that the user named must be there. */
  private async originalEmbedding(named: string | undefined, dependencies: EvaluationDependencies): Promise<Float32Array | undefined> {
    const model = named ?? this.facts.source;
    if (named === undefined && !existsSync(model)) return undefined;
    return withEmbedder({ model, normalization: undefined }, dependencies, async (embedder) => unitLength(await embedder.embed(this.crop, 1)));
  }
}

export function samenessText({ identical, cosine, largestDifference }: EmbeddingComparison): string {
  return identical ? 'every bit is the same' : `cosine ${cosine.toFixed(6)}, largest difference ${largestDifference.toExponential(1)}`;
}
