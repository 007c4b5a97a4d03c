import { fork, type ChildProcess } from 'node:child_process';
import type { CropSettings, PhotoTask, WorkerAnswer, WorkerRequest } from './detector-messages';

/** What a worker reports. After `onEnd` nothing follows. */
export interface WorkerListener {
  onAnswer(answer: WorkerAnswer): void;
  /** The process is gone, e.g. "it ended with exit code 1". */
  onEnd(why: string): void;
}

/** How long a stopped worker may take before it is killed. */
const stopLimitMs = 3000;
/** Its last words are kept for the error message. */
const stderrLimit = 4000;

/** One detector worker process and its channel. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private ended = false;
  private stderr = '';
  private limit: NodeJS.Timeout | undefined;

  constructor(
    workerFile: string,
    { settings, threads }: { readonly settings: CropSettings; readonly threads: number },
    private readonly answerLimitMs: number,
    private readonly listener: WorkerListener,
  ) {
    this.child = fork(workerFile, [], { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr = (this.stderr + text.toString()).slice(-stderrLimit);
    });
    this.child.on('message', (answer: WorkerAnswer) => this.receive(answer));
    this.child.on('error', (error) => this.end(error.message));
    this.gone = new Promise((resolve) => {
      // 'close' comes after the last answer and the last words, but not when this side has disconnected; 'exit' always comes.
      this.child.once('close', (code, signal) => this.end(signal ? `it was ended by ${signal}` : `it ended with exit code ${String(code)}`));
      this.child.once('exit', () => resolve());
      this.child.once('error', () => resolve());
    });
    this.send({ kind: 'settings', settings, threads });
  }

  /** The last lines that the worker printed to stderr. */
  get lastWords(): string {
    return this.stderr.trim();
  }

  /** Asks for a batch. The time limit runs while any photo is unanswered and starts anew at every answer. */
  ask(tasks: readonly PhotoTask[]): void {
    this.send({ kind: 'batch', tasks });
    this.startLimit();
  }

  /** Ends the process and waits until it is gone. Its listener hears no more. */
  async stop(): Promise<void> {
    this.ended = true;
    clearTimeout(this.limit);
    if (this.child.connected) this.child.disconnect();
    const kill = setTimeout(() => this.child.kill('SIGKILL'), stopLimitMs);
    await this.gone;
    clearTimeout(kill);
  }

  /** Called by the owner when nothing is unanswered any more. */
  rest(): void {
    clearTimeout(this.limit);
  }

  private startLimit(): void {
    clearTimeout(this.limit);
    this.limit = setTimeout(() => {
      this.child.kill('SIGKILL');
      this.end(`it did not answer for ${this.answerLimitMs / 1000} s`);
    }, this.answerLimitMs);
  }

  private send(request: WorkerRequest): void {
    // A channel that breaks here is reported by 'close'.
    this.child.send(request, () => undefined);
  }

  private receive(answer: WorkerAnswer): void {
    if (this.ended) return;
    this.startLimit();
    this.listener.onAnswer(answer);
  }

  private end(why: string): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.limit);
    this.listener.onEnd(why);
  }
}
