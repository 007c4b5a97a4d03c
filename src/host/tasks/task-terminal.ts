import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { errorText } from '../../base/user-error';
import { LineBuffer, stopInOrder } from '../jobs/job-process';
import type { LoggedJob } from '../jobs/job-runner';
import { parseProgressLine } from '../jobs/progress-text';

const controlC = '\u0003';
/** The log is read this often. */
const readMs = 200;
const sliceBytes = 64 * 1024;

export interface TaskTerminalOptions {
  /** Makes room for the job; what it gives is called when the job has ended. */
  readonly begin: () => Promise<() => void>;
  readonly start: () => Promise<LoggedJob>;
  /** What the job writes may be on disk now: another part of its work has begun, or it has ended. */
  readonly onWork: () => void;
}

/**
 * The terminal of a task. The job itself is detached and writes to a log, which is shown here: it goes on when the window is reloaded, as
 * every job does. Ctrl+C and the end of the task ask it to stop in good order.
 */
export class TaskTerminal extends Disposable implements vscode.Pseudoterminal {
  private readonly written = this.own(new vscode.EventEmitter<string>());
  readonly onDidWrite = this.written.event;
  private readonly closed = this.own(new vscode.EventEmitter<number>());
  readonly onDidClose = this.closed.event;
  private readonly lines = new LineBuffer((line) => this.print(line));
  private readonly decoder = new TextDecoder();
  private readBytes = 0;
  private job: LoggedJob | undefined;
  private kill: NodeJS.Timeout | undefined;
  private isStopped = false;
  private columns = 80;
  /** Of the last line, which the next one of progress replaces; undefined where it is none. */
  private shownLabel: string | undefined;
  private workLabel = '';

  constructor(private readonly options: TaskTerminalOptions) {
    super();
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    this.setDimensions(dimensions);
    void this.run().catch((error: unknown) => {
      this.print(errorText(error));
      return 1;
    }).then((code) => {
      this.closed.fire(code);
      this.dispose();
    });
  }

  setDimensions(dimensions: vscode.TerminalDimensions | undefined): void {
    this.columns = dimensions?.columns ?? this.columns;
  }

  /** The user has ended the task. */
  close(): void {
    this.stop();
  }

  handleInput(data: string): void {
    if (data.includes(controlC)) this.stop();
  }

  /** @returns exit code of the job; 1 when a signal ended it */
  private async run(): Promise<number> {
    const end = await this.options.begin();
    try {
      this.job = await this.options.start();
      if (this.isStopped) this.signal();
      const code = await this.follow(this.job);
      this.lines.flush();
      return code ?? 1;
    } finally {
      clearTimeout(this.kill);
      end();
      this.options.onWork();
    }
  }

  private async follow({ ended, logFile }: LoggedJob): Promise<number | null> {
    const log = await open(logFile, 'r');
    try {
      for (;;) {
        const code = await Promise.race([ended, delay(readMs, undefined)]);
        // What was written before the end is in the log by now.
        await this.showNew(log);
        if (code !== undefined) return code;
      }
    } finally {
      await log.close();
    }
  }

  private async showNew(log: FileHandle): Promise<void> {
    for (;;) {
      const { bytesRead, buffer } = await log.read(Buffer.alloc(sliceBytes), 0, sliceBytes, this.readBytes);
      if (bytesRead === 0) return;
      this.readBytes += bytesRead;
      this.lines.push(this.decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
    }
  }

  private stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.signal();
  }

  private signal(): void {
    const { job } = this;
    if (job === undefined) return;
    this.kill = stopInOrder((name) => send(job.pid, name));
  }

  private print(line: string): void {
    const label = parseProgressLine(line)?.label;
    // A line that is replaced has to fit into one row.
    const shown = label === undefined ? line : line.slice(0, this.columns);
    const isReplaced = label !== undefined && label === this.shownLabel;
    this.written.fire(`${isReplaced ? '\u001b[A\r\u001b[2K' : ''}${shown}\r\n`);
    this.shownLabel = label;
    if (label === undefined || label === this.workLabel) return;
    this.workLabel = label;
    this.options.onWork();
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
