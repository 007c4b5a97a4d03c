import { lstat, readlink, rm, stat, symlink } from 'node:fs/promises';
import type { DisposableLike } from '../../base/disposable';
import { UserError, errorCode } from '../../base/user-error';
import { PseudoTerminal } from './pseudo-terminal';
import type { BoardPort } from './board-port';
import type { VirtualBoard } from './virtual-board';

/** Time for which a pulled cable stays out. */
const replugMs = 1000;

/** The ports of a virtual board as pseudo-terminals, for programs that know only serial ports. */
export class BoardOnTerminal implements DisposableLike {
  private readonly links: string[] = [];
  private terminals: PseudoTerminal[] = [];
  private subscriptions: DisposableLike[] = [];
  private replug: NodeJS.Timeout | undefined;
  private disposed = false;

  private constructor(
    private readonly board: VirtualBoard,
    private readonly link: string | undefined,
    private readonly onPaths: (paths: readonly string[]) => void,
  ) {}

  /**
   * @param link path of a symbolic link to make to the first port; the second one gets `-2` behind it
   * @param onPaths told the ports' paths, again when they change after an unplugging; none when they could not be made again
   * @throws UserError when there is something at `link`, or the system has no pseudo-terminals
   */
  static async open(board: VirtualBoard, link: string | undefined, onPaths: (paths: readonly string[]) => void): Promise<BoardOnTerminal> {
    const terminals = new BoardOnTerminal(board, link, onPaths);
    try {
      await terminals.connect();
      return terminals;
    } catch (error) {
      await terminals.close();
      throw error;
    }
  }

  /** Where to find the ports. */
  get paths(): readonly string[] {
    return this.links.length > 0 ? this.links : this.terminals.map(({ path }) => path);
  }

  /** Removes links and terminals; the board itself goes on. */
  async close(): Promise<void> {
    this.disposed = true;
    await this.removeLinks();
    this.dispose();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.replug);
    this.disconnect();
  }

  private async connect(): Promise<void> {
    for (const [index, port] of this.board.ports.entries()) {
      const terminal = PseudoTerminal.open((bytes) => void port.send(bytes));
      this.terminals.push(terminal);
      this.subscriptions.push(port.onData((bytes) => terminal.send(bytes)), port.onLoss((loss) => loss.kind === 'unplugged' && this.handleUnplug(port)));
      if (this.link !== undefined) await this.makeLink(index === 0 ? this.link : `${this.link}-${index + 1}`, terminal.path);
    }
    this.onPaths(this.paths);
  }

  private disconnect(): void {
    for (const subscription of this.subscriptions.splice(0)) subscription.dispose();
    for (const terminal of this.terminals.splice(0)) terminal.dispose();
  }

  private handleUnplug(port: BoardPort): void {
    if (port !== this.board.ports[0]) return;
    this.replug = setTimeout(() => void this.comeBack().catch(() => this.onPaths([])), replugMs);
    void this.removeLinks().finally(() => this.disconnect());
  }

  private async comeBack(): Promise<void> {
    if (this.disposed) return;
    this.board.plugIn();
    await this.connect();
  }

  /** Before the terminals go: the system gives their names to the next terminal that anybody opens. */
  private async removeLinks(): Promise<void> {
    await Promise.all(this.links.splice(0).map((path) => rm(path, { force: true })));
  }

  private async makeLink(path: string, target: string): Promise<void> {
    await removeDeadLink(path);
    try {
      await symlink(target, path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw new UserError(`${path} exists already.`, 'Choose another path for --link, or remove it.', { cause: error });
      throw new UserError(`The link ${path} could not be made (${errorCode(error) ?? String(error)}).`, 'Choose a path in a folder that exists and that you may write to.', { cause: error });
    }
    this.links.push(path);
  }
}

/** A link of a board that was killed points to a terminal that is gone. */
async function removeDeadLink(path: string): Promise<void> {
  const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true;
  if (!isLink) return;
  const isTerminal = /^\/dev\/(pts\/|tty)/u.test(await readlink(path));
  const isAlive = (await stat(path).catch(() => undefined)) !== undefined;
  if (isTerminal && !isAlive) await rm(path, { force: true });
}
