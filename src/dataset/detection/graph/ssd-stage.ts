import type { Engine } from '../../../engine/engine';
import type { RgbImage } from '../../photos/rgb-image';
import type { Box } from '../face-detector';
import { ssdBorderShare, ssdMinScore } from '../face-geometry';
import { weightNamed, type NetworkWeights } from '../published-weights';
import type { ScoredBox } from './scored-box';
import { PictureNetwork } from './picture-network';
import { squareRegion } from './square-region';
import { ssdBoxes } from './ssd-boxes';
import { ssdNetwork, ssdSide } from './ssd-network';

interface LoadedSsd {
  readonly network: PictureNetwork;
  /** Weight Output/extra_dim: the prior boxes. */
  readonly priors: Float32Array;
}

/** SSD on the photo as it is, then with a border. Its 5.6 MB of weights and 300 MB of working memory are taken at the first photo that needs it. */
export class SsdStage {
  readonly name = 'ssd';
  private loading: Promise<LoadedSsd> | undefined;

  constructor(private readonly engine: Engine, private readonly readWeights: () => Promise<NetworkWeights>) {}

  /** Boxes per photo, best first. */
  async find(photos: readonly RgbImage[]): Promise<ScoredBox[][]> {
    const boxes: ScoredBox[][] = [];
    for (const photo of photos) {
      const plain = await this.findWithin(photo, { x: 0, y: 0, width: photo.width, height: photo.height });
      boxes.push(plain.length > 0 ? plain : await this.findWithin(photo, withBorder(photo)));
    }
    return boxes;
  }

  close(): void {
    void this.loading?.then(({ network }) => network.close(), () => undefined);
  }

  /** @param region whole pixels; may reach beyond the photo */
  private async findWithin(photo: RgbImage, region: Box): Promise<ScoredBox[]> {
    this.loading ??= this.load();
    const { network, priors } = await this.loading;
    const [boxes, classes] = await network.run(squareRegion(photo, region, 'corner'));
    if (!boxes || !classes) throw new Error('SSD has not answered');
    return ssdBoxes({ boxes, classes, priors }, region, ssdMinScore).map(({ box, score }) => ({
      box: { ...box, x: box.x + region.x, y: box.y + region.y }, score,
    }));
  }

  private async load(): Promise<LoadedSsd> {
    const weights = await this.readWeights();
    const network = new PictureNetwork(this.engine, { side: ssdSide, network: (g, photos) => {
      const { boxes, classes } = ssdNetwork(g, photos, weights);
      return [boxes, classes];
    } });
    return { network, priors: weightNamed(weights, 'Output/extra_dim').data };
  }
}

function withBorder({ width, height }: RgbImage): Box {
  const borderX = Math.round(width * ssdBorderShare);
  const borderY = Math.round(height * ssdBorderShare);
  return { x: -borderX, y: -borderY, width: width + 2 * borderX, height: height + 2 * borderY };
}
