import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { BoardMessage, InterpreterMessage } from './interpreter-messages';
import { ProcessorShare } from './processor-share';
import { controlC, interpreterState, SharedLine } from './shared-line';

/** What the interpreter needs of the board around it. */
export interface InterpreterHost {
  nowMs(): number;
  output(bytes: Uint8Array): void;
  /** Answers a call of the Python shims, as JSON; whoever takes time for it answers later. */
  call(operation: string, argumentsJson: string): Promise<string> | string;
  /** Lets time pass. */
  sleep(durationMs: number): Promise<void>;
  /** Python asked to start anew. */
  softReset(raw: boolean): void;
  /** A program was interrupted that computes without end and never looks up: another interpreter must take its place. */
  abandoned(): void;
}

export interface InterpreterFiles {
  /** Bundle of `interpreter-main.ts`. */
  readonly threadFile: string;
  /** Address of MicroPython's module, for `import`. */
  readonly module: string;
  readonly shims: string;
}

const heapBytes = 1024 * 1024;
/** On a busy machine: a second is enough otherwise. */
const startLimitMs = 60_000;
/** For how long Python computes at most while the board stands still, to come to a point where it waits; longer computations go on beside it. */
const settleMs = 300;
/** A program that computes on is looked at once in this time of the board, and computes for this long at each look. */
const busyPollMs = 20;
const busySettleMs = 8;
/** A program that asks the board again and again without a pause is answered this often, at first and at each look, before something else may happen. */
const firstAnswers = 5000;
const busyAnswers = 200;
/** A program that never waits cannot be interrupted in WebAssembly: after this many looks it is ended and a new interpreter takes its place. */
const stuckPolls = 20;

/** MicroPython in a thread of its own. The board stands still while Python computes and goes on when Python waits: so a virtual clock works. */
export class Interpreter {
  private readonly line = new SharedLine();
  private readonly port: MessagePort;
  private readonly worker: Worker;
  private stopped = false;
  private polling = false;
  private booted = false;
  private deafLooks = 0;
  /** Of the processor, since Python waited last. */
  private share = new ProcessorShare(settleMs);
  /** Said before Python waited for what it asks for there. */
  private early: InterpreterMessage[] = [];
  /** Times that Python was set going, and sleeps that it began: what belongs to an earlier one is out of date. */
  private resumes = 0;
  private sleeps = 0;

  /** @throws Error when MicroPython does not start */
  constructor(files: InterpreterFiles, private readonly host: InterpreterHost, ringBytes: number) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.line.resizeRing(ringBytes);
    this.line.setInterruptKey(controlC);
    this.worker = new Worker(files.threadFile, {
      workerData: { memory: this.line.memory, port: port2, module: files.module, shims: files.shims, heapBytes },
      transferList: [port2], stdin: false,
    });
    this.worker.unref();
    this.worker.on('error', () => undefined);
    this.worker.on('exit', () => {
      // As a firmware that crashed: its watchdog starts it anew.
      if (!this.stopped) this.host.softReset(false);
    });
    const endMs = performance.now() + startLimitMs;
    for (let { state } = this.line; state !== interpreterState.waitsForInput && state !== interpreterState.ended; state = this.line.state) {
      if (state === interpreterState.calls) this.answerAtOnce();
      else if (!this.line.waitWhile(state, Math.max(0, endMs - performance.now()))) throw this.broken('it did not start');
    }
    for (const message of this.messages()) if (message.kind === 'broken') throw this.broken(message.reason);
  }

  /** Runs the programs, then shows the prompt. */
  boot(programs: readonly string[], raw: boolean): void {
    this.booted = true;
    this.send({ kind: 'boot', programs, raw });
    this.goOn();
  }

  /** The card is there from the next moment at which the prompt is waited at. */
  mountCard(): void {
    this.line.mountCard();
    if (this.booted && this.line.state === interpreterState.waitsForInput) this.goOn();
  }

  /** Bytes from the line. Gives how many the full ring lost. */
  receive(bytes: Uint8Array): number {
    let lost = 0;
    for (const byte of bytes) {
      if (byte === this.line.interruptKey && this.line.isExecuting) this.line.interrupt();
      else if (!this.line.put(byte)) lost++;
      // A chip reads while it receives: only what is sent to a busy program piles up in the ring.
      if (this.line.available > 16 && this.line.state === interpreterState.waitsForInput) this.goOn();
    }
    const { state } = this.line;
    if (state === interpreterState.waitsForInput && this.line.available > 0) this.goOn();
    else if (state === interpreterState.sleeps && this.line.isInterrupted) this.goOn();
    else if (state === interpreterState.running) this.watch();
    return lost;
  }

  stop(): void {
    this.stopped = true;
    this.port.close();
    void this.worker.terminate();
  }

  private goOn(): void {
    if (this.stopped) return;
    this.resume();
    this.share = new ProcessorShare(settleMs);
    this.settle();
  }

  private resume(): void {
    this.resumes++;
    this.line.resume(this.host.nowMs());
  }

  /** Follows Python until it waits for something that only time or the line brings, or has had its share of the processor. */
  private settle(mostAnswers = firstAnswers): void {
    for (let answers = 0; !this.stopped; answers++) {
      if (answers === mostAnswers) return this.watch(busyPollMs);
      if (this.line.state === interpreterState.running && !this.waits()) {
        this.showOutput();
        return this.watch();
      }
      if (this.line.state === interpreterState.running) continue;
      this.deafLooks = 0;
      this.share = new ProcessorShare(settleMs);
      const { resumes } = this;
      this.handle(this.messages());
      if (this.resumes === resumes) return;
    }
  }

  /** Whether Python comes to a point where it waits; if not, it has computed for a while, or a busy machine has not let it. */
  private waits(): boolean {
    const before = process.cpuUsage();
    const startMs = performance.now();
    const waits = this.line.waitWhile(interpreterState.running, Math.max(busySettleMs, this.share.leftMs));
    const { user, system } = process.cpuUsage(before);
    this.share.count(performance.now() - startMs, (user + system) / 1000);
    return waits;
  }

  /** Whatever else came is kept: an answer would set Python going before it waits, and leave it waiting then. */
  private showOutput(): void {
    const messages = this.messages();
    this.early = messages.filter(({ kind }) => kind !== 'output');
    this.handle(messages.filter(({ kind }) => kind === 'output'));
  }

  private handle(messages: readonly InterpreterMessage[]): void {
    for (const message of messages) {
      switch (message.kind) {
        case 'output':
          this.host.output(message.bytes);
          break;
        case 'sleep':
          this.sleep(message.durationMs);
          break;
        case 'call':
          this.answer(this.host.call(message.operation, message.arguments));
          break;
        case 'soft-reset':
          this.host.softReset(message.raw);
          break;
        case 'broken':
          // Out of memory at the worst: the board starts anew, as a crashed firmware does by its watchdog.
          this.host.softReset(false);
          break;
      }
    }
  }

  private sleep(durationMs: number): void {
    const sleep = ++this.sleeps;
    const wake = (): void => {
      if (sleep === this.sleeps && this.line.state === interpreterState.sleeps) this.goOn();
    };
    void this.host.sleep(durationMs).then(wake, () => undefined);
  }

  private answer(json: Promise<string> | string): void {
    if (typeof json === 'string') {
      this.send({ kind: 'answer', json });
      this.resume();
      return;
    }
    void json.then((text) => {
      this.send({ kind: 'answer', json: text });
      this.goOn();
    }, () => undefined);
  }

  private answerAtOnce(): void {
    for (const message of this.messages()) {
      if (message.kind === 'broken') throw this.broken(message.reason);
      if (message.kind !== 'call') continue;
      const json = this.host.call(message.operation, message.arguments);
      this.send({ kind: 'answer', json: typeof json === 'string' ? json : '{"value":null}' });
      this.resume();
    }
  }

  /**
   * Looks again at a program that computes on.
   * @param pauseMs time of the board until then: none while a busy machine withholds the processor, so that a virtual clock stands still
   */
  private watch(pauseMs = this.share.isOwed ? 0 : busyPollMs): void {
    if (this.polling) return;
    this.polling = true;
    void this.host.sleep(pauseMs).then(() => {
      this.polling = false;
      if (this.stopped) return;
      if (pauseMs > 0 && this.line.isInterrupted && ++this.deafLooks > stuckPolls) {
        this.host.output(Buffer.from('Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n'));
        this.host.abandoned();
        return;
      }
      if (pauseMs > 0) this.share.grant(busySettleMs);
      this.settle(pauseMs > 0 ? busyAnswers : firstAnswers);
    }, () => undefined);
  }

  private send(message: BoardMessage): void {
    this.port.postMessage(message);
  }

  private messages(): InterpreterMessage[] {
    const messages = this.early;
    this.early = [];
    for (let next = receiveMessageOnPort(this.port); next !== undefined; next = receiveMessageOnPort(this.port)) messages.push(next.message as InterpreterMessage);
    return messages;
  }

  private broken(reason: string): Error {
    this.stop();
    return new Error(`MicroPython of the virtual board failed: ${reason}`);
  }
}
