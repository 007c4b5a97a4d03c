import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import type { BoardIdentityData } from '../../protocol/deploy-result';
import { areas } from '../areas';
import { jobResult } from '../jobs/job-process';
import type { JobRunner } from '../jobs/job-runner';
import { BoardMonitors } from './board-monitors';
import { BoardPorts, type PortEntry } from './board-ports';
import { BoardRecords } from './board-records';
import { VirtualBoard } from './virtual-board';

export interface BoardServicesOptions {
  readonly jobs: JobRunner;
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
  /** For the virtual board. */
  readonly folder: string;
}

/** Everything of boards that the window has one of: ports, what is known of boards, monitors, the virtual board. */
export class BoardServices extends Disposable {
  readonly jobs: JobRunner;
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
  readonly records: BoardRecords;
  readonly monitors: BoardMonitors;
  readonly virtual: VirtualBoard;
  readonly ports: BoardPorts;

  constructor({ jobs, memory, log, folder }: BoardServicesOptions) {
    super();
    this.jobs = jobs;
    this.memory = memory;
    this.log = log;
    this.records = this.own(new BoardRecords(memory));
    this.monitors = this.own(new BoardMonitors(jobs));
    this.virtual = this.own(new VirtualBoard({ folder, log, command: (args) => jobs.command(args) }));
    this.ports = this.own(new BoardPorts({
      memory,
      list: async () => (await areas.portList()).listPorts(),
      virtualPort: () => this.virtual.port,
    }));
    this.own(this.virtual.onDidChange(() => void this.ports.refresh()));
  }

  /** Uses a port while its monitor, if there is one, lets go of it. */
  async onPort<T>(port: string, purpose: string, work: () => Promise<T>): Promise<T> {
    const takeBack = await this.monitors.lend(port, purpose);
    try {
      return await work();
    } finally {
      takeBack();
    }
  }

  /** Starts the virtual board and chooses its port. @throws UserError when it does not start */
  async startVirtualBoard(): Promise<string> {
    this.jobs.requireTrust();
    const port = await this.virtual.start();
    await this.ports.refresh();
    await this.ports.choose(port);
    return port;
  }

  /**
   * Asks the board behind a port for its flash and its firmware; the board is started again.
   * @throws UserError, CancelledError
   */
  async ask({ path, key }: PortEntry): Promise<BoardIdentityData> {
    const title = vscode.l10n.t('Asking the board on {0}', path.split(/[\\/]/).at(-1) ?? path);
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const output = await this.onPort(path, vscode.l10n.t('The port is lent to a question.'), () => this.jobs.runFollowed(['board', 'ask', '--port', path, '--json'], abort.signal, (line) => {
        this.log.info(line);
        // The buttons are the one thing that the user has to be told at once.
        if (/BOOT|RESET/u.test(line)) progress.report({ message: line });
      }));
      const { boardIdentitySchema } = await areas.boardAnswers();
      const identity = boardIdentitySchema.safeParse(jobResult(output)).data;
      if (identity === undefined) throw new UserError(vscode.l10n.t('The board’s answer could not be read.'), vscode.l10n.t('Ask again.'));
      await this.records.noteIdentity(key, identity);
      return identity;
    });
  }
}
