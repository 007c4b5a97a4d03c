import type { MessagePort } from 'node:worker_threads';

/** What the thread of the interpreter is started with. */
export interface InterpreterSetUp {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
  /** Address of MicroPython's module. */
  readonly module: string;
  /** Python that makes the modules of the firmware. */
  readonly shims: string;
  /** Bytes of the garbage-collected heap. */
  readonly heapBytes: number;
}

/** From the interpreter's thread; read while it blocks. */
export type InterpreterMessage =
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  | { readonly kind: 'sleep'; readonly durationMs: number }
  | { readonly kind: 'call'; readonly operation: string; readonly arguments: string }
  | { readonly kind: 'soft-reset'; readonly raw: boolean }
  | { readonly kind: 'broken'; readonly reason: string };

/** To the interpreter's thread, before it is resumed. */
export type BoardMessage =
  /** Programs that run before the prompt, in order. */
  | { readonly kind: 'boot'; readonly programs: readonly string[]; readonly raw: boolean }
  /** JSON: `{"value": ...}`, `{"errno": n}` or `{"error": "..."}`. */
  | { readonly kind: 'answer'; readonly json: string };
