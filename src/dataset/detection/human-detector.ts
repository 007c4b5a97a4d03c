import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import * as z from 'zod';
import { packagesFolder } from '../../base/product';
import { UserError } from '../../base/user-error';
import type { Engine } from '../../engine/engine';
import { requirePackage } from '../../engine/tfjs-shim';
import type { FivePoints } from '../align';
import type { RgbImage } from '../photos/rgb-image';
import type { Point } from '../photos/warp';
import type { DetectedFace, FaceDetector } from './face-detector';
import { squareRegion } from './graph/square-region';

/** The part of @vladmandic/human that is used here; its own types belong to the browser build. */
interface HumanLibrary {
  readonly Human: new (config: object) => HumanInstance;
}

interface HumanInstance {
  load(): Promise<void>;
  detect(image: tfjs.Tensor3D): Promise<{ readonly error?: string | null; readonly face: readonly HumanFace[] }>;
}

interface HumanFace {
  /** x, y, width and height in pixels of the picture. */
  readonly box: readonly [number, number, number, number];
  readonly boxScore: number;
  /** Points in pixels of the picture, and their depth. */
  readonly mesh: readonly (readonly number[])[];
}

/** Address under which TensorFlow.js finds the weights: Node's `fetch`, which the library would use, knows no files. */
const weightsScheme = 'mobilefacenet-human:';
const networks = ['blazeface', 'facemesh'] as const;
const meshPoints = 468;
const maxFaces = 100;

/**
 * Face detection by @vladmandic/human: MediaPipe's BlazeFace, then its face mesh of 468 points, reduced to five. One step instead of
 * a cascade; best with one large face in a photo. It runs on the engine's TensorFlow.js, one photo at a time. Only the detector
 * worker process loads it.
 */
export class HumanDetector implements FaceDetector {
  private constructor(
    private readonly human: HumanInstance,
    private readonly tensorflow: typeof tfjs,
  ) {}

  /** @throws UserError when the library or its weights are missing */
  static async open(engine: Engine): Promise<HumanDetector> {
    const tensorflow = await engine.tensorflowJs();
    const folder = humanFolder();
    const weights = new Map<string, tfjs.io.ModelArtifacts>();
    for (const name of networks) weights.set(`${weightsScheme}/${name}.json`, await readGraphModel(folder, name));
    tensorflow.io.registerLoadRouter((address) => {
      const artifacts = typeof address === 'string' ? weights.get(address) : undefined;
      return artifacts ? tensorflow.io.fromMemory(artifacts) : (null as unknown as tfjs.io.IOHandler);
    });
    // Not by the package's name: its "exports" lead to a build that wants tfjs-node's compiled addon.
    const { Human } = requirePackage(path.join(folder, 'dist', 'human.node-wasm.js')) as HumanLibrary;
    const human = new Human(configuration(tensorflow.getBackend()));
    await human.load();
    return new HumanDetector(human, tensorflow);
  }

  async detect(image: RgbImage): Promise<DetectedFace[]> {
    // The library's own way of making a picture square misplaces the boxes; without it faces of oblong photos are squeezed.
    const square = squareRegion(image, { x: 0, y: 0, width: image.width, height: image.height }, 'corner');
    const pixels = this.tensorflow.tensor3d(square.data, [square.height, square.width, 3], 'int32');
    try {
      const { face: faces, error } = await this.human.detect(pixels);
      if (typeof error === 'string') throw new Error(error);
      return faces.filter(({ mesh }) => mesh.length >= meshPoints).map(({ box: [x, y, width, height], boxScore, mesh }) => ({
        box: { x, y, width, height }, score: boxScore, landmarks: fivePointsOfMesh(mesh), stage: 'human',
      }));
    } finally {
      pixels.dispose();
    }
  }

  /** The library shares its networks among all its users in the process and cannot give them back: they end with the process. */
  close(): void {
    return undefined;
  }
}

/**
 * Five points from MediaPipe's face mesh: the eyes as means of their corners and lids, the tip of the nose, the mouth corners.
 * The mesh names sides as the viewer sees them.
 * @throws Error when points are missing
 */
export function fivePointsOfMesh(mesh: readonly (readonly number[])[]): FivePoints {
  return [meanOf(mesh, [33, 133, 159, 145]), meanOf(mesh, [362, 263, 386, 374]), meanOf(mesh, [1]), meanOf(mesh, [61]), meanOf(mesh, [291])];
}

function meanOf(mesh: readonly (readonly number[])[], indices: readonly number[]): Point {
  let sumX = 0;
  let sumY = 0;
  for (const index of indices) {
    const [x, y] = mesh[index] ?? [];
    if (x === undefined || y === undefined) throw new Error(`the face mesh has no point ${index}`);
    sumX += x;
    sumY += y;
  }
  return [sumX / indices.length, sumY / indices.length];
}

/** Everything but faces and their mesh is off, and so is whatever the library would remember from one picture for the next. */
function configuration(backend: string): object {
  const off = { enabled: false };
  return {
    backend, modelBasePath: weightsScheme, wasmPath: '', debug: false, async: false, warmup: 'none', cacheModels: false, cacheSensitivity: 0, skipAllowed: false,
    validateModels: false, filter: off, gesture: off, body: off, hand: off, object: off, segmentation: off,
    face: {
      enabled: true,
      detector: { modelPath: 'blazeface.json', rotation: false, square: false, return: false, maxDetected: maxFaces, skipFrames: 0, skipTime: 0 },
      mesh: { enabled: true, modelPath: 'facemesh.json', keepInvalid: false },
      attention: off, iris: off, emotion: off, description: off, antispoof: off, liveness: off, gear: off,
    },
  };
}

function humanFolder(): string {
  return path.join(packagesFolder(), '@vladmandic', 'human');
}

const graphModelSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  format: z.string().optional(),
  signature: z.record(z.string(), z.unknown()).optional(),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(z.looseObject({ name: z.string() })) })),
});

async function readGraphModel(folder: string, name: string): Promise<tfjs.io.ModelArtifacts> {
  const models = path.join(folder, 'models');
  try {
    const { weightsManifest, modelTopology, signature } = graphModelSchema.parse(JSON.parse(await readFile(path.join(models, `${name}.json`), 'utf8')));
    const bytes = Buffer.concat(await Promise.all(weightsManifest.flatMap(({ paths }) => paths.map((file) => readFile(path.join(models, file))))));
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights) as unknown as tfjs.io.WeightsManifestEntry[];
    const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    return { modelTopology, weightSpecs, weightData, ...(signature && { signature: signature as tfjs.io.ModelArtifacts['signature'] & object }) };
  } catch (error) {
    throw new UserError(`The weights ${name} of the face detector human cannot be read in ${models}.`, 'Install the product again (in a clone: `npm ci`), or use --detector face-api.', { cause: error });
  }
}
