import type { Engine } from '../../../engine/engine';
import type { RgbImage } from '../../photos/rgb-image';
import type { DetectorStage } from '../face-detector';
import { tinyMinScore } from '../face-geometry';
import type { NetworkWeights } from '../published-weights';
import type { ScoredBox } from './scored-box';
import { PictureNetwork } from './picture-network';
import { squareRegion } from './square-region';
import { tinyFaceBoxes } from './tiny-face-boxes';
import { tinyFaceNetwork } from './tiny-face-network';

export interface TinyFaceStageOptions {
  readonly name: DetectorStage;
  /** Side of the network's input, a multiple of 32. */
  readonly side: number;
}

/** The tiny detector at one input size. */
export class TinyFaceStage {
  readonly name: DetectorStage;
  private readonly network: PictureNetwork;

  constructor(engine: Engine, weights: NetworkWeights, private readonly options: TinyFaceStageOptions) {
    this.name = options.name;
    this.network = new PictureNetwork(engine, { ...options, network: (g, photos) => [tinyFaceNetwork(g, photos, weights)] });
  }

  /** Boxes per photo, best first. */
  async find(photos: readonly RgbImage[]): Promise<ScoredBox[][]> {
    const boxes: ScoredBox[][] = [];
    for (const photo of photos) {
      const [output = new Float32Array()] = await this.network.run(squareRegion(photo, { x: 0, y: 0, width: photo.width, height: photo.height }, 'corner'));
      boxes.push(tinyFaceBoxes(output, this.options.side, photo, tinyMinScore));
    }
    return boxes;
  }

  close(): void {
    this.network.close();
  }
}
