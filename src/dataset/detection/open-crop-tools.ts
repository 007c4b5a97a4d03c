import { openEngine } from '../../engine/open-engine';
import { SharpCodec } from '../photos/photo-codec';
import type { CropTools } from './crop-batch';
import { FaceApiDetector } from './face-api-detector';
import { oneByOne } from './face-detector';
import { GraphFaceDetector } from './graph/graph-face-detector';
import { TensorFlowCodec } from './graph/tensorflow-codec';

export interface OpenedCropTools extends CropTools {
  /** Whether several batches may be handled at the same time. */
  readonly handlesSeveral: boolean;
}

/**
 * The fastest tools that this machine has: graphs of its own on TensorFlow's C library, else face-api and sharp.
 * Every operation gets one thread, so that results do not depend on the number of threads; `threads` operations run at a time.
 * @throws UserError when no engine is installed or the detector's files are missing
 */
export async function openCropTools(threads: number): Promise<OpenedCropTools> {
  const engine = await openEngine({ threads: { intraOp: 1, interOp: threads } });
  if (engine.description.kind === 'wasm') {
    return { codec: new SharpCodec(), detector: oneByOne(await FaceApiDetector.open(engine)), handlesSeveral: false };
  }
  return { codec: new TensorFlowCodec(engine), detector: await GraphFaceDetector.open(engine), handlesSeveral: true };
}

/** Tools for photos whose landmarks are known: they need no engine. */
export function plainCropTools(): CropTools {
  return {
    codec: new SharpCodec(),
    detector: {
      detectAll: () => Promise.reject(new Error('these photos have landmarks')),
      close: () => undefined,
    },
  };
}
