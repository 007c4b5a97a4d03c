import type { Engine } from '../../../engine/engine';
import type { RgbImage } from '../../photos/rgb-image';
import type { Point } from '../../photos/warp';
import { clipToPixels, fivePointsOf } from '../face-geometry';
import type { BatchFaceDetector, Box, DetectedFace, DetectorStage, FaceDetector } from '../face-detector';
import { locateWeights, readWeights } from '../published-weights';
import { landmarkNetwork, landmarkSide } from './landmark-network';
import type { ScoredBox } from './scored-box';
import { PictureNetwork } from './picture-network';
import { squareRegion } from './square-region';
import { SsdStage } from './ssd-stage';
import { TinyFaceStage } from './tiny-face-stage';

/**
 * By which corner the points of the landmark network are moved back into the photo. `crop`: that of the pixels that it saw.
 * `box`: that of the box before it was clipped to whole pixels of the photo, as face-api itself does; this misplaces faces at the
 * photo's edge and is there for comparison only.
 */
export type LandmarkOrigin = 'crop' | 'box';

export interface GraphDetectorOptions {
  readonly landmarkOrigin?: LandmarkOrigin;
}

/** Some step of the cascade. */
interface BoxStage {
  readonly name: DetectorStage;
  find(photos: readonly RgbImage[]): Promise<ScoredBox[][]>;
  close(): void;
}

interface FoundBox extends ScoredBox {
  /** Number of the photo among those of the call. */
  readonly owner: number;
  readonly stage: DetectorStage;
}

/**
 * The networks of @vladmandic/face-api as graphs of this product's own, with the same cascade as `FaceApiDetector`: the tiny
 * detector at 224 and 416 pixels, then SSD on the photo as it is and with a border, each only where none before found a usable face.
 * It takes many photos at once; what it finds in one does not depend on the others.
 */
export class GraphFaceDetector implements FaceDetector, BatchFaceDetector {
  private constructor(
    private readonly stages: readonly BoxStage[],
    private readonly landmarks: PictureNetwork,
    private readonly landmarkOrigin: LandmarkOrigin,
  ) {}

  /**
   * @param engine native, with one thread per operation: with more, sums would depend on how TensorFlow divides them
   * @throws UserError when the weights are missing
   */
  static async open(engine: Engine, { landmarkOrigin = 'crop' }: GraphDetectorOptions = {}): Promise<GraphFaceDetector> {
    const folder = locateWeights();
    const tinyWeights = await readWeights(folder, 'tiny_face_detector_model');
    const landmarkWeights = await readWeights(folder, 'face_landmark_68_model');
    const stages: BoxStage[] = [
      new TinyFaceStage(engine, tinyWeights, { name: 'tiny-224', side: 224 }),
      new TinyFaceStage(engine, tinyWeights, { name: 'tiny-416', side: 416 }),
      new SsdStage(engine, () => readWeights(folder, 'ssd_mobilenetv1_model')),
    ];
    const landmarks = new PictureNetwork(engine, { side: landmarkSide, network: (g, faces) => [landmarkNetwork(g, faces, landmarkWeights)] });
    return new GraphFaceDetector(stages, landmarks, landmarkOrigin);
  }

  async detect(photo: RgbImage, isUsable: (face: DetectedFace) => boolean = () => true): Promise<DetectedFace[]> {
    const [faces = []] = await this.detectAll([photo], isUsable);
    return faces;
  }

  /** Each stage sees the photos in which those before it found nothing usable. */
  async detectAll(photos: readonly RgbImage[], isUsable: (face: DetectedFace, photo: number) => boolean = () => true): Promise<DetectedFace[][]> {
    const faces = photos.map((): DetectedFace[] => []);
    let open = photos.map((_, i) => i);
    for (const stage of this.stages) {
      if (open.length === 0) break;
      const boxes = await stage.find(open.map((i) => photos[i] as RgbImage));
      const found = await this.findLandmarks(photos, open.flatMap((owner, k) => (boxes[k] ?? []).map((box): FoundBox => ({ ...box, owner, stage: stage.name }))));
      open = open.filter((i) => {
        const ofPhoto = found.get(i) ?? [];
        const hasUsable = ofPhoto.some((face) => isUsable(face, i));
        if (hasUsable || faces[i]?.length === 0) faces[i] = ofPhoto;
        return !hasUsable;
      });
    }
    return faces;
  }

  close(): void {
    for (const stage of this.stages) stage.close();
    this.landmarks.close();
  }

  /** Faces by the number of their photo. */
  private async findLandmarks(photos: readonly RgbImage[], boxes: readonly FoundBox[]): Promise<Map<number, DetectedFace[]>> {
    const candidates = boxes.map((found) => {
      const photo = photos[found.owner] as RgbImage;
      return { ...found, photo, crop: clipToPixels(found.box, photo) };
    });
    const visible = candidates.filter(({ crop }) => crop.width >= 1 && crop.height >= 1);
    const faces = new Map<number, DetectedFace[]>();
    for (const { owner, stage, box, score, photo, crop } of visible) {
      const [output = new Float32Array()] = await this.landmarks.run(squareRegion(photo, crop, 'centre'));
      const origin = this.landmarkOrigin === 'crop' ? crop : { ...crop, x: box.x, y: box.y };
      faces.set(owner, [...(faces.get(owner) ?? []), { box, score, stage, landmarks: fivePointsOf(pointsOf(output, origin)) }]);
    }
    return faces;
  }
}

/** The 68 points in photo pixels, from shares of the square around the crop. */
function pointsOf(output: Float32Array, crop: Box): Point[] {
  const side = Math.max(crop.width, crop.height);
  const left = crop.x - (side - crop.width) / 2;
  const top = crop.y - (side - crop.height) / 2;
  return Array.from({ length: output.length / 2 }, (_, i): Point => [(output[2 * i] as number) * side + left, (output[2 * i + 1] as number) * side + top]);
}
