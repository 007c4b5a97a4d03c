import { openEngine } from '../../engine/open-engine';
import { SharpCodec } from '../photos/photo-codec';
import type { CropTools } from './crop-batch';
import { FaceApiDetector } from './face-api-detector';
import { oneByOne, type DetectorName } from './face-detector';
import { GraphFaceDetector } from './graph/graph-face-detector';
import { TensorFlowCodec } from './graph/tensorflow-codec';
import { HumanDetector } from './human-detector';

export interface OpenedCropTools extends CropTools {
  /** Whether several batches may be handled at the same time. */
  readonly handlesSeveral: boolean;
}

/**
 * The fastest tools that this machine has: face-api's networks as graphs on TensorFlow's C library, else the library itself and sharp.
 * `human` always runs as its library, photo by photo.
 * Every operation gets one thread, so that results do not depend on the number of threads; `threads` operations run at a time.
 * @throws UserError when no engine is installed or the detector's files are missing
 */
export async function openCropTools(threads: number, detector: DetectorName): Promise<OpenedCropTools> {
  const engine = await openEngine({ threads: { intraOp: 1, interOp: threads } });
  const isNative = engine.description.kind === 'native';
  const codec = isNative ? new TensorFlowCodec(engine) : new SharpCodec();
  if (detector === 'human') return { codec, detector: oneByOne(await HumanDetector.open(engine)), handlesSeveral: false };
  if (!isNative) return { codec, detector: oneByOne(await FaceApiDetector.open(engine)), handlesSeveral: false };
  return { codec, detector: await GraphFaceDetector.open(engine), handlesSeveral: true };
}

/** Tools for photos whose landmarks are known or not wanted: they need no engine. */
export function plainCropTools(): CropTools {
  return {
    codec: new SharpCodec(),
    detector: {
      detectAll: () => Promise.reject(new Error('these photos need no detection')),
      close: () => undefined,
    },
  };
}
