import type { Engine, GraphSession } from '../../../engine/engine';
import { GraphBuilder, type GraphTensor } from '../../../network/graph/graph-builder';
import { unary } from '../../../network/graph/operations';
import type { RgbImage } from '../../photos/rgb-image';
import { squareFeeds, squareInput } from './square-input';

export interface SlotNetworkOptions {
  /** Side of the network's input. */
  readonly side: number;
  /**
   * Pictures per run. Empty slots are computed too: TensorFlow's sums may depend on the size of a batch (seen with the matrix
   * product on processors without AVX), and what is found in a picture must not depend on its company. Where they depend on the place
   * in the batch too, only one slot helps.
   */
  readonly slots: number;
  /** Builds the network on pictures [slots, side, side, 3]; the first axis of each output is the picture. */
  readonly network: (g: GraphBuilder, pictures: GraphTensor) => readonly GraphTensor[];
}

/** A network in a session, with square pictures of any size as input. */
export class SlotNetwork {
  private readonly session: GraphSession;
  private readonly outputs: string[];

  constructor(engine: Engine, private readonly options: SlotNetworkOptions) {
    const g = new GraphBuilder();
    const outputs = options.network(g, squareInput(g, options.slots, options.side));
    this.outputs = outputs.map((output, i) => unary(g, 'Identity', output, `output_${i}`).ref);
    this.session = engine.openSession(g.build());
  }

  /**
   * The outputs of each item.
   * @param squareOf the picture of an item; asked only when its turn comes, because pictures of large photos are large
   */
  async run<T>(items: readonly T[], squareOf: (item: T) => RgbImage): Promise<Float32Array[][]> {
    const { slots } = this.options;
    const results: Float32Array[][] = [];
    for (let start = 0; start < items.length; start += slots) {
      const group = items.slice(start, start + slots).map(squareOf);
      const outputs = await this.session.run(squareFeeds(group, slots), this.outputs);
      const perPicture = outputs.map(({ data }) => rowsOf(data as Float32Array, slots));
      group.forEach((_, i) => results.push(perPicture.map((rows) => rows[i] as Float32Array)));
    }
    return results;
  }

  close(): void {
    this.session.close();
  }
}

function rowsOf(data: Float32Array, rows: number): Float32Array[] {
  const length = data.length / rows;
  return Array.from({ length: rows }, (_, i) => data.subarray(i * length, (i + 1) * length));
}
