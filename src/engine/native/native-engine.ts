import type * as tfjs from '@tensorflow/tfjs';
import type { GraphDef } from '../../network/graph/graph-def';
import type { Engine, EngineDescription, GraphSession } from '../engine';
import { decodeJpegs, jpegDecoderGraph } from './jpeg-decoder';
import { listDevices, NativeSession } from './native-session';
import type { ThreadCounts } from './session-config';
import { loadTensorFlow, type TensorFlowLibrary } from './tensorflow-library';
import { openTensorflowJs, type TensorflowJs } from './tensorflow-js';

/** Loads TensorFlow from `folder`. @throws Error when it cannot be loaded */
export function openNativeEngine(folder: string, threads?: ThreadCounts): Engine {
  return new NativeEngine(loadTensorFlow(folder, threads));
}

class NativeEngine implements Engine {
  readonly description: EngineDescription;
  private readonly sessions: GraphSession[] = [];
  private decoder: GraphSession | undefined;
  private tensorflowJsOpening: Promise<TensorflowJs> | undefined;
  private isClosed = false;

  constructor(private readonly tensorflow: TensorFlowLibrary) {
    this.description = {
      kind: 'native',
      title: `TensorFlow ${tensorflow.version}`,
      version: tensorflow.version,
      libraryPath: tensorflow.folder,
      devices: listDevices(tensorflow),
    };
  }

  openSession(graph: GraphDef): GraphSession {
    if (this.isClosed) throw new Error('The engine is closed');
    const session = new NativeSession(this.tensorflow, graph);
    this.sessions.push(session);
    return session;
  }

  decodeJpegs(pictures: readonly Uint8Array[], size: number): Promise<Uint8Array> {
    this.decoder ??= this.openSession(jpegDecoderGraph());
    return decodeJpegs(this.decoder, pictures, size);
  }

  async tensorflowJs(): Promise<typeof tfjs> {
    if (this.isClosed) throw new Error('The engine is closed');
    this.tensorflowJsOpening ??= openTensorflowJs(this.tensorflow);
    return (await this.tensorflowJsOpening).tf;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const session of this.sessions) session.close();
    void this.tensorflowJsOpening?.then((opened) => opened.close(), () => undefined);
  }
}
