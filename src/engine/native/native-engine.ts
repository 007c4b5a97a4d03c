import type * as tfjs from '@tensorflow/tfjs';
import type { GraphDef } from '../../network/graph/graph-def';
import type { ClusterMember } from '../cluster-member';
import type { Engine, EngineDescription, GraphSession } from '../engine';
import { decodeJpegs, jpegDecoderGraph } from './jpeg-decoder';
import { startClusterServer, type ClusterServer } from './cluster/cluster-server';
import { hasCollectives } from './cluster/collective-nodes';
import { listDevices, NativeSession, type CollectivePlace } from './native-session';
import type { ThreadCounts } from './session-config';
import { loadTensorFlow, type TensorFlowLibrary } from './tensorflow-library';
import { openTensorflowJs, type TensorflowJs } from './tensorflow-js';

/**
 * Loads TensorFlow from `folder`. @throws Error when it cannot be loaded
 * @param cluster starts a server, over which graphs with collectives run
 */
export function openNativeEngine(folder: string, threads?: ThreadCounts, cluster?: ClusterMember): Engine {
  const tensorflow = loadTensorFlow(folder, threads);
  return new NativeEngine(tensorflow, cluster && startClusterServer(tensorflow, cluster, threads));
}

class NativeEngine implements Engine {
  readonly description: EngineDescription;
  private readonly sessions: GraphSession[] = [];
  private decoder: GraphSession | undefined;
  private tensorflowJsOpening: Promise<TensorflowJs> | undefined;
  private isClosed = false;
  private collectiveSessions = 0;

  constructor(private readonly tensorflow: TensorFlowLibrary, private readonly server: ClusterServer | undefined) {
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
    const session = new NativeSession(this.tensorflow, graph, hasCollectives(graph) ? this.collectivePlace() : undefined);
    this.sessions.push(session);
    return session;
  }

  /** Every rank opens its sessions with collectives in the same order, so they get the same keys. */
  private collectivePlace(): CollectivePlace {
    if (!this.server) throw new Error('The graph has collectives, but this engine is in no cluster');
    return { ...this.server, graphKey: ++this.collectiveSessions };
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
