import type { ChildProcess } from 'node:child_process';
import { lstat, mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import { LineBuffer, spawnJob, type JobCommand } from '../jobs/job-process';

const startLimitMs = 20_000;
const startPollMs = 100;

export interface VirtualBoardOptions {
  /** For its port and the content of its flash. */
  readonly folder: string;
  readonly command: (args: readonly string[]) => JobCommand;
  readonly log: vscode.LogOutputChannel;
}

/** The window's own virtual board: a process behind a pseudo-terminal, which ends with the window. */
export class VirtualBoard extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private child: ChildProcess | undefined;
  private readonly link: string;

  constructor(private readonly options: VirtualBoardOptions) {
    super();
    this.link = path.join(options.folder, `virtual-board-${process.pid}`);
    this.own({ dispose: () => this.stop() });
  }

  /** Where it listens; undefined while it does not run. */
  get port(): string | undefined {
    return this.child === undefined ? undefined : this.link;
  }

  /**
   * Starts it unless it runs.
   * @returns its port
   * @throws UserError with the process's own sentence when it does not start
   */
  async start(): Promise<string> {
    if (this.child !== undefined) return this.link;
    if (process.platform === 'win32') throw new UserError(vscode.l10n.t('Windows has no pseudo-terminals for a virtual board.'), vscode.l10n.t('Use Linux, macOS or WSL for it.'));
    await mkdir(this.options.folder, { recursive: true });
    const command = this.options.command(['board', 'emulate', '--link', this.link, '--flash', path.join(this.options.folder, 'virtual-board.flash'), '--with-parent']);
    const child = spawnJob(command, ['pipe', 'ignore', 'pipe']);
    const lines = new LineBuffer((line) => this.options.log.info(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    child.once('close', () => this.forget(child));
    child.once('error', () => this.forget(child));
    this.child = child;
    const endMs = Date.now() + startLimitMs;
    while (!(await isThere(this.link))) {
      if (this.child !== child || Date.now() > endMs) {
        child.kill('SIGINT');
        throw new UserError(vscode.l10n.t('The virtual board did not start: {0}', lines.last), vscode.l10n.t('The log has the details.'));
      }
      await delay(startPollMs);
    }
    this.changed.fire();
    return this.link;
  }

  stop(): void {
    const { child } = this;
    if (child === undefined) return;
    child.kill('SIGINT');
    this.forget(child);
  }

  private forget(child: ChildProcess): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (!this.isDisposed) this.changed.fire();
  }
}

async function isThere(link: string): Promise<boolean> {
  return lstat(link).then(() => true, () => false);
}
