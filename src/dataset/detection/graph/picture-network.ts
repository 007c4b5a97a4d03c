import type { Engine, GraphSession } from '../../../engine/engine';
import { GraphBuilder, type GraphTensor } from '../../../network/graph/graph-builder';
import { unary } from '../../../network/graph/operations';
import type { RgbImage } from '../../photos/rgb-image';
import { squareFeeds, squareInput } from './square-input';

export interface PictureNetworkOptions {
  /** Side of the network's input. */
  readonly side: number;
  /** Builds the network on a picture [1, side, side, 3]. */
  readonly network: (g: GraphBuilder, picture: GraphTensor) => readonly GraphTensor[];
}

/**
 * A network in a session, with a square picture of any size as input. One picture per run: what is found in one must not depend on
 * its company, and on processors without AVX-512 the last bits of a picture's sums depend on its place in a batch (seen on AMD's Zen 3).
 */
export class PictureNetwork {
  private readonly session: GraphSession;
  private readonly outputs: string[];

  constructor(engine: Engine, { side, network }: PictureNetworkOptions) {
    const g = new GraphBuilder();
    this.outputs = network(g, squareInput(g, side)).map((output, i) => unary(g, 'Identity', output, `output_${i}`).ref);
    this.session = engine.openSession(g.build());
  }

  /** The values of each output. */
  async run(picture: RgbImage): Promise<Float32Array[]> {
    const outputs = await this.session.run(squareFeeds(picture), this.outputs);
    return outputs.map(({ data }) => data as Float32Array);
  }

  close(): void {
    this.session.close();
  }
}
