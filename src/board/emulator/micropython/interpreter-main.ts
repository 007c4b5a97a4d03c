import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { BoardMessage, InterpreterMessage, InterpreterSetUp } from './interpreter-messages';
import { controlC, interpreterState, noInterruptKey, SharedLine } from './shared-line';

/** The part of MicroPython's WebAssembly module that is used. */
interface MicroPython {
  readonly _module: { _mp_sched_keyboard_interrupt(): void; _mp_js_repl_process_char(code: number): number };
  registerJsModule(name: string, module: object): void;
  runPython(code: string): unknown;
  replInit(): void;
}
interface MicroPythonModule {
  loadMicroPython(options: { heapsize: number; pystack: number; stdout(bytes: Uint8Array): void; stderr(bytes: Uint8Array): void; linebuffer: false }): Promise<MicroPython>;
}

const setUp = workerData as InterpreterSetUp;
const line = new SharedLine(setUp.memory);

/** Bytes of output that are handed over at once. */
const outputBytes = 512;
/** Set by MicroPython when a line asks to end the interpreter. */
const forcedExit = 0x100;
const idleMs = 2 ** 30;
const pystackBytes = 32 * 1024;
const rawModeKey = 1;
const normalModeKey = 2;
const executeKey = 4;
const lineFeed = 10;
const carriageReturn = 13;

/** The thread's whole life: start, programs, prompt. It blocks on the shared memory and never returns to its event loop. */
class InterpreterThread {
  private pending: number[] = [];
  private raw = false;
  private cardMounted = false;
  private lastByte = 0;

  async run(): Promise<void> {
    // Node leaves a loop that has nothing to wait for, and waits for all that any thread of the process compiles. That may last for ever: a thread that
    // ended meanwhile does not collect the garbage any more that its compilers wait for (nodejs/node#54918).
    setInterval(() => undefined, idleMs);
    const { loadMicroPython } = (await import(setUp.module)) as MicroPythonModule;
    const stdout = (bytes: Uint8Array): void => this.print(bytes);
    const python = await loadMicroPython({ heapsize: setUp.heapBytes, pystack: pystackBytes, stdout, stderr: stdout, linebuffer: false });
    python.registerJsModule('_k210', this.hostModule(python));
    python.runPython(setUp.shims);
    this.pending = [];
    line.block(interpreterState.waitsForInput);
    const boot = this.receive();
    if (boot?.kind !== 'boot') throw new Error('The interpreter was not told what to run');
    this.mountCard(python);
    for (const program of boot.programs) this.runProgram(python, program);
    this.prompt(python, boot.raw);
  }

  private runProgram(python: MicroPython, source: string): void {
    line.setInterruptKey(controlC);
    line.setExecuting(true);
    try {
      python.runPython(source);
    } catch (error) {
      this.printText(`${(error instanceof Error ? error.message : String(error)).trimEnd().replaceAll('\n', '\r\n')}\r\n`);
    }
    line.setExecuting(false);
    line.setInterruptKey(controlC);
    line.takeInterrupt();
  }

  private prompt(python: MicroPython, raw: boolean): void {
    python.replInit();
    if (raw) this.process(python, rawModeKey);
    for (;;) {
      const key = this.nextKey(python);
      line.setExecuting(key === executeKey || key === carriageReturn);
      const result = this.process(python, key);
      line.setExecuting(false);
      line.setInterruptKey(controlC);
      line.takeInterrupt();
      if ((result & forcedExit) !== 0) return this.end();
    }
  }

  private process(python: MicroPython, key: number): number {
    if (key === rawModeKey) this.raw = true;
    if (key === normalModeKey) this.raw = false;
    // `replProcessChar` puts texts together for every key: garbage, and work for compilers that have to wait for its collection.
    return python._module._mp_js_repl_process_char(key);
  }

  private end(): void {
    this.printText('MPY: soft reboot\r\n');
    this.post({ kind: 'soft-reset', raw: this.raw });
    line.block(interpreterState.ended);
  }

  private nextKey(python: MicroPython): number {
    for (;;) {
      this.mountCard(python);
      const key = line.take();
      if (key !== undefined) return key;
      this.flush();
      line.block(interpreterState.waitsForInput);
    }
  }

  private mountCard(python: MicroPython): void {
    if (this.cardMounted || !line.isCardMounted) return;
    this.cardMounted = true;
    python.runPython('_mount_card()');
  }

  /** What the Python shims reach of the board. */
  private hostModule(python: MicroPython): object {
    const checkInterrupt = (): void => {
      if (line.takeInterrupt()) python._module._mp_sched_keyboard_interrupt();
    };
    return {
      call: (operation: string, json: string): string => {
        this.post({ kind: 'call', operation, arguments: json });
        line.block(interpreterState.calls);
        const answer = this.receive();
        checkInterrupt();
        return answer?.kind === 'answer' ? answer.json : '{"error":"no answer"}';
      },
      sleep: (durationMs: number): void => {
        this.flush();
        this.post({ kind: 'sleep', durationMs });
        line.block(interpreterState.sleeps);
        checkInterrupt();
      },
      now: (): number => {
        checkInterrupt();
        return line.nowMs;
      },
      available: (): number => {
        checkInterrupt();
        return line.available;
      },
      /** The next byte of the line, or -1. */
      read: (): number => {
        checkInterrupt();
        return line.take() ?? -1;
      },
      ring: (bytes: number): void => line.resizeRing(bytes),
      interruptKey: (key: number): void => line.setInterruptKey(key < 0 ? noInterruptKey : key),
    };
  }

  private print(bytes: Uint8Array): void {
    for (const byte of bytes) {
      // Firmware ends lines with CR LF.
      if (byte === lineFeed && this.lastByte !== carriageReturn) this.pending.push(carriageReturn);
      this.pending.push(byte);
      this.lastByte = byte;
    }
    if (this.pending.length >= outputBytes || bytes.at(-1) === lineFeed) this.flush();
  }

  private printText(text: string): void {
    this.print(Buffer.from(text));
    this.flush();
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    const bytes = Uint8Array.from(this.pending);
    this.pending = [];
    setUp.port.postMessage({ kind: 'output', bytes } satisfies InterpreterMessage);
  }

  private post(message: InterpreterMessage): void {
    this.flush();
    setUp.port.postMessage(message);
  }

  private receive(): BoardMessage | undefined {
    return receiveMessageOnPort(setUp.port)?.message as BoardMessage | undefined;
  }
}

void new InterpreterThread().run().catch((error: unknown) => {
  setUp.port.postMessage({ kind: 'broken', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies InterpreterMessage);
  line.block(interpreterState.ended);
});
