import type * as FaceApiModule from '@vladmandic/face-api/dist/face-api.node-wasm.js';
import type { Engine } from '../../engine/engine';
import type { FivePoints } from '../align';
import type { RgbImage } from '../photos/rgb-image';
import type { Point } from '../photos/warp';
import { cascadeStages, type Box, type CascadeStage, type DetectedFace, type FaceDetector } from './face-detector';
import { clipToPixels, fivePointsOf, ssdBorderShare, ssdMinScore, tinyMinScore } from './face-geometry';
import { locateWeights } from './published-weights';

type FaceApi = typeof FaceApiModule;
type FaceTensor = ReturnType<FaceApi['tf']['tensor3d']>;

const ssdMaxFaces = 100;

/**
 * Face detection by @vladmandic/face-api, whose weights come with its package: the tiny detector at 224 and 416 pixels, then
 * SSD MobileNet on the photo as it is and with a border, each only when none before found a usable face; 68 landmarks reduced to five.
 * It runs on the engine's TensorFlow.js, one photo at a time. Only the detector worker process loads it.
 */
export class FaceApiDetector implements FaceDetector {
  private ssdIsLoaded = false;

  private constructor(
    private readonly library: FaceApi,
    private readonly weightsFolder: string,
  ) {}

  /** @throws UserError when the library or its weights are missing */
  static async open(engine: Engine): Promise<FaceApiDetector> {
    const tensorflow = await engine.tensorflowJs();
    const weightsFolder = locateWeights();
    const library = await import('@vladmandic/face-api/dist/face-api.node-wasm.js');
    const sameLibrary: boolean = Object.is(library.tf.tensor3d, tensorflow.tensor3d);
    if (!sameLibrary) throw new Error('the face detector has loaded a TensorFlow.js of its own');
    await library.nets.tinyFaceDetector.loadFromDisk(weightsFolder);
    await library.nets.faceLandmark68Net.loadFromDisk(weightsFolder);
    return new FaceApiDetector(library, weightsFolder);
  }

  async detect(image: RgbImage, isUsable: (face: DetectedFace) => boolean = () => true): Promise<DetectedFace[]> {
    const pixels = this.tensorOf(image);
    try {
      let first: DetectedFace[] = [];
      for (const stage of cascadeStages) {
        const faces: DetectedFace[] = [];
        for (const { box, score } of await this.findBoxes(stage, pixels, image)) {
          const landmarks = await this.findLandmarks(pixels, image, box);
          if (landmarks) faces.push({ box, score, landmarks, stage });
        }
        if (faces.some(isUsable)) return faces;
        if (first.length === 0) first = faces;
      }
      return first;
    } finally {
      pixels.dispose();
    }
  }

  close(): void {
    const { tinyFaceDetector, faceLandmark68Net, ssdMobilenetv1 } = this.library.nets;
    tinyFaceDetector.dispose();
    faceLandmark68Net.dispose();
    if (this.ssdIsLoaded) ssdMobilenetv1.dispose();
  }

  private findBoxes(stage: CascadeStage, pixels: FaceTensor, image: RgbImage): Promise<ScoredBox[]> {
    switch (stage) {
      case 'tiny-224':
        return this.findByTiny(pixels, 224);
      case 'tiny-416':
        return this.findByTiny(pixels, 416);
      case 'ssd':
        return this.findBySsd(pixels, image);
    }
  }

  private async findByTiny(pixels: FaceTensor, inputSize: number): Promise<ScoredBox[]> {
    const { nets, TinyFaceDetectorOptions } = this.library;
    const options = new TinyFaceDetectorOptions({ inputSize, scoreThreshold: tinyMinScore });
    const found = await nets.tinyFaceDetector.locateFaces(pixels, options);
    return found.map(({ box, score }) => ({ box: plainBox(box), score }));
  }

  /** SSD's weights (5.6 MB, and 300 MB of working memory) are loaded at the first photo that needs them. */
  private async findBySsd(pixels: FaceTensor, image: RgbImage): Promise<ScoredBox[]> {
    if (!this.ssdIsLoaded) await this.library.nets.ssdMobilenetv1.loadFromDisk(this.weightsFolder);
    this.ssdIsLoaded = true;
    const plain = await this.runSsd(pixels);
    if (plain.length > 0) return plain;
    const borderX = Math.round(image.width * ssdBorderShare);
    const borderY = Math.round(image.height * ssdBorderShare);
    const bordered = this.tensorOf(addBorder(image, borderX, borderY));
    try {
      const found = await this.runSsd(bordered);
      return found.map(({ box, score }) => ({ box: { ...box, x: box.x - borderX, y: box.y - borderY }, score }));
    } finally {
      bordered.dispose();
    }
  }

  private async runSsd(pixels: FaceTensor): Promise<ScoredBox[]> {
    const { nets, SsdMobilenetv1Options } = this.library;
    const options = new SsdMobilenetv1Options({ minConfidence: ssdMinScore, maxResults: ssdMaxFaces });
    const found = await nets.ssdMobilenetv1.locateFaces(pixels, options);
    return found.map(({ box, score }) => ({ box: plainBox(box), score }));
  }

  /**
   * The five points of the face in `box`, or undefined when the box lies outside the photo. The network sees the box clipped to
   * whole photo pixels, so its points are shifted by the corner of that crop. (The library's own task shifts by the corner of
   * the unclipped box, which misplaces faces at the photo's edge.)
   */
  private async findLandmarks(pixels: FaceTensor, image: RgbImage, box: Box): Promise<FivePoints | undefined> {
    const crop = clipToPixels(box, image);
    if (crop.width < 1 || crop.height < 1) return undefined;
    const { tf, nets } = this.library;
    const face = tf.slice3d(pixels, [crop.y, crop.x, 0], [crop.height, crop.width, 3]);
    try {
      const found = await nets.faceLandmark68Net.detectLandmarks(face);
      if (Array.isArray(found)) throw new Error('the landmark network answered for several faces');
      return fivePointsOf(found.positions.map(({ x, y }): Point => [x + crop.x, y + crop.y]));
    } finally {
      face.dispose();
    }
  }

  private tensorOf({ data, width, height }: RgbImage): FaceTensor {
    return this.library.tf.tensor3d(data, [height, width, 3], 'int32');
  }
}

interface ScoredBox {
  readonly box: Box;
  readonly score: number;
}

function plainBox({ x, y, width, height }: Box): Box {
  return { x, y, width, height };
}

function addBorder({ data, width, height }: RgbImage, borderX: number, borderY: number): RgbImage {
  const outWidth = width + 2 * borderX;
  const outHeight = height + 2 * borderY;
  const out = new Uint8Array(outWidth * outHeight * 3);
  for (let row = 0; row < height; row++) {
    out.set(data.subarray(row * width * 3, (row + 1) * width * 3), ((row + borderY) * outWidth + borderX) * 3);
  }
  return { width: outWidth, height: outHeight, data: out };
}
