import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { LineBuffer, spawnJob, stopInOrder, type JobCommand } from '../jobs/job-process';
import { LineEditor } from './line-editor';

/** A port that is still busy right after a deploy is tried again this often. */
const takeBackTries = 10;
const takeBackPauseMs = 1000;
/** A process that does not let go of its port is ended. */
const stopLimitMs = 5000;

export type MonitorState = 'open' | 'lent' | 'closed';

/**
 * What a board says, in a terminal of the editor. The port belongs to a process of the command line, so that a driver that hangs or crashes
 * takes nothing else along; it is lent to a deploy by ending that process, and taken back by starting another.
 */
export class MonitorTerminal extends Disposable implements vscode.Pseudoterminal {
  private readonly written = this.own(new vscode.EventEmitter<string>());
  readonly onDidWrite = this.written.event;
  private readonly closed = this.own(new vscode.EventEmitter<number>());
  readonly onDidClose = this.closed.event;
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChangeState = this.changed.event;
  private readonly editor = new LineEditor((text) => this.written.fire(text), (line) => this.send(line));
  private child: ChildProcessWithoutNullStreams | undefined;
  private current: MonitorState = 'open';
  private retry: NodeJS.Timeout | undefined;

  /** @param command how the command line follows the port */
  constructor(readonly port: string, private readonly command: JobCommand) {
    super();
    this.own({ dispose: () => clearTimeout(this.retry) });
    this.own({ dispose: () => this.child?.kill('SIGINT') });
  }

  get state(): MonitorState {
    return this.current;
  }

  open(): void {
    this.start(0);
  }

  /** The user has closed the terminal. */
  close(): void {
    this.setState('closed');
    this.dispose();
  }

  handleInput(data: string): void {
    this.editor.type(data);
  }

  /** Lets go of the port; resolves when it is free. */
  async lend(purpose: string): Promise<void> {
    if (this.current !== 'open') return;
    this.setState('lent');
    this.say(purpose);
    clearTimeout(this.retry);
    const { child } = this;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const kill = stopInOrder((name) => child.kill(name), stopLimitMs);
    await ended;
    clearTimeout(kill);
  }

  takeBack(): void {
    if (this.current !== 'lent') return;
    this.setState('open');
    this.start(takeBackTries);
  }

  private start(triesLeft: number): void {
    const child = spawnJob(this.command, ['pipe', 'pipe', 'pipe']);
    this.child = child;
    // What a process says of its own end is no news while its port is lent.
    const lines = new LineBuffer((line) => this.whileOpen(() => this.editor.print(line)));
    const notices = new LineBuffer((line) => this.whileOpen(() => this.say(line)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => notices.push(text));
    // A line typed while the process ends is lost, as on a port that was pulled.
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => this.say(error.message));
    child.once('close', (code) => {
      lines.flush();
      notices.flush();
      if (this.child === child) this.child = undefined;
      if (this.isDisposed || this.current !== 'open') return;
      if (code !== 0 && triesLeft > 0) this.retry = setTimeout(() => this.start(triesLeft - 1), takeBackPauseMs);
      else this.end();
    });
  }

  private whileOpen(show: () => void): void {
    if (this.current === 'open') show();
  }

  /** The text stays to be read; nothing more comes. */
  private end(): void {
    this.setState('closed');
    this.say(vscode.l10n.t('The monitor has ended. Close this terminal, and open the monitor again when the board is back.'));
  }

  private send(line: string): void {
    this.child?.stdin.write(`${line}\n`);
  }

  /** A sentence of ours, told apart from those of the board. */
  private say(sentence: string): void {
    this.editor.print(`\u001b[2m${sentence}\u001b[0m`);
  }

  private setState(state: MonitorState): void {
    if (state === this.current) return;
    this.current = state;
    this.changed.fire();
  }
}
