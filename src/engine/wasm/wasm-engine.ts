import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import type * as wasmBackend from '@tensorflow/tfjs-backend-wasm';
import type { GraphDef } from '../../network/graph/graph-def';
import type { Engine, EngineDescription, GraphSession } from '../engine';
import { requirePackage } from '../tfjs-shim';
import type { Tf } from './convolution-window';
import { installGradientKernels } from './gradient-kernels';
import { InterpretedSession } from './graph-interpreter';
import { decodeJpegsWithSharp } from './sharp-jpegs';

const backendName = 'wasm';

/** TensorFlow.js on WebAssembly: runs everywhere, without any library, about ten times slower than the native engine. */
export async function openWasmEngine(): Promise<Engine> {
  const tf = requirePackage('@tensorflow/tfjs') as Tf;
  const wasm = requirePackage('@tensorflow/tfjs-backend-wasm') as typeof wasmBackend;
  const binary = requirePackage.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm');
  const isRunning = backendName in tf.engine().registry;
  if (!isRunning) wasm.setWasmPaths(path.dirname(binary) + path.sep);
  await tf.setBackend(backendName);
  if (tf.getBackend() !== backendName) throw new Error('The WebAssembly backend of TensorFlow.js could not be started');
  installGradientKernels(tf);
  return new WasmEngine(tf);
}

class WasmEngine implements Engine {
  readonly description: EngineDescription;
  private readonly sessions: GraphSession[] = [];
  private isClosed = false;

  constructor(private readonly tf: Tf) {
    const version = tf.version_core;
    this.description = { kind: 'wasm', title: `TensorFlow.js ${version} (WebAssembly, slow)`, version, devices: ['CPU:0'] };
  }

  openSession(graph: GraphDef): GraphSession {
    if (this.isClosed) throw new Error('The engine is closed');
    const session = new InterpretedSession(this.tf, graph);
    this.sessions.push(session);
    return session;
  }

  decodeJpegs(pictures: readonly Uint8Array[], size: number): Promise<Uint8Array> {
    return decodeJpegsWithSharp(pictures, size);
  }

  async tensorflowJs(): Promise<typeof tfjs> {
    await this.tf.setBackend(backendName);
    return this.tf;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const session of this.sessions) session.close();
  }
}
