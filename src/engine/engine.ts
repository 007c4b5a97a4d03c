import type * as tfjs from '@tensorflow/tfjs';
import type { GraphDef, HostTensor } from '../network/graph/graph-def';

/** Tensors by name: `placeholder` for feeds, `node` or `node:1` for fetches. */
export type NamedTensors = Readonly<Record<string, HostTensor>>;

/**
 * A graph with its variables, kept from run to run (TensorFlow's Session).
 * Runs of one session never overlap: a second `run` waits for the first.
 */
export interface GraphSession {
  /**
   * Runs the part of the graph that `fetches` and `targets` need. The event loop stays free meanwhile.
   * @param feeds values of placeholders
   * @param fetches outputs to return, in this order
   * @param targets nodes to run without returning anything
   * @throws Error naming the node when TensorFlow refuses; CollectiveError when it was to run together with other processes
   */
  run(feeds: NamedTensors, fetches: readonly string[], targets?: readonly string[]): Promise<HostTensor[]>;
  /** Frees graph and variables. Safe to call twice. */
  close(): void;
}

export interface EngineDescription {
  /** `native`: TensorFlow's C library. `wasm`: WebAssembly fallback, about ten times slower. */
  readonly kind: 'native' | 'wasm';
  /** E.g. "TensorFlow 2.21.0" or "TensorFlow.js 4.22.0 (WebAssembly, slow)". */
  readonly title: string;
  readonly version: string;
  /** Folder of libtensorflow; absent for wasm. */
  readonly libraryPath?: string;
  readonly devices: readonly string[];
}

/** The one door to TensorFlow. Opened once per job process. */
export interface Engine {
  readonly description: EngineDescription;
  openSession(graph: GraphDef): GraphSession;
  /** Decodes baseline or progressive JPEGs of one size to RGB: uint8 [n, size, size, 3]. @throws PictureError about a bad picture */
  decodeJpegs(pictures: readonly Uint8Array[], size: number): Promise<Uint8Array>;
  /** TensorFlow.js on this engine's backend, for libraries that are written against it. */
  tensorflowJs(): Promise<typeof tfjs>;
  close(): void;
}
