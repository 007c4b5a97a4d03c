import { readdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { BoardPort } from '../../board/port/list-ports';
import { portPermission, type PortPermission } from './port-access';

/** A port that can be chosen. */
export interface PortEntry {
  readonly path: string;
  /** `usb`: found on this machine. `other`: the user named it. `virtual`: the window's own virtual board. */
  readonly kind: 'usb' | 'other' | 'virtual';
  /** As the list of ports has it. */
  readonly port: BoardPort | undefined;
  /** Under which a board is remembered. */
  readonly key: string;
  readonly permission: PortPermission;
}

export interface BoardPortsOptions {
  readonly memory: vscode.Memento;
  /** Lists the machine's ports without opening one. */
  readonly list: () => Promise<readonly BoardPort[]>;
  /** Port of the virtual board while it runs. */
  readonly virtualPort: () => string | undefined;
}

/** Looked at this often while somebody watches. */
const watchMs = 2000;
const otherPortsKey = 'board.otherPorts';
const chosenPortKey = 'board.port';

/** The ports that this window offers. They are looked for on demand, and again and again only while somebody watches. */
export class BoardPorts extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private list: readonly PortEntry[] = [];
  private looked = false;
  private shown = '';
  private watchers = 0;
  private timer: NodeJS.Timeout | undefined;
  private devices = '';

  constructor(private readonly options: BoardPortsOptions) {
    super();
    this.own({ dispose: () => clearInterval(this.timer) });
  }

  get entries(): readonly PortEntry[] {
    return this.list;
  }

  /** Whether ports were looked for at all. */
  get isKnown(): boolean {
    return this.looked;
  }

  entry(path: string): PortEntry | undefined {
    return this.list.find((entry) => entry.path === path);
  }

  /** The port that was chosen last in this workspace. */
  get chosen(): string | undefined {
    return this.options.memory.get<string>(chosenPortKey);
  }

  async choose(path: string): Promise<void> {
    await this.options.memory.update(chosenPortKey, path);
    this.changed.fire();
  }

  /** Adds a port that no list has, such as a pseudo-terminal. */
  async addOther(path: string): Promise<void> {
    await this.options.memory.update(otherPortsKey, [...new Set([...this.otherPaths, path])]);
    await this.refresh();
  }

  async removeOther(path: string): Promise<void> {
    await this.options.memory.update(otherPortsKey, this.otherPaths.filter((other) => other !== path));
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const found = await this.options.list();
    const virtual = this.options.virtualPort();
    const others = this.otherPaths.filter((path) => path !== virtual && !found.some((port) => port.path === path));
    const entries = await Promise.all([
      ...found.map((port) => entryOf(port.path, 'usb', port)),
      ...(virtual === undefined ? [] : [entryOf(virtual, 'virtual', undefined)]),
      ...others.map((path) => entryOf(path, 'other', undefined)),
    ]);
    if (this.isDisposed) return;
    this.looked = true;
    this.list = entries;
    const now = JSON.stringify(entries);
    if (now === this.shown) return;
    this.shown = now;
    this.changed.fire();
  }

  /** Looks again and again until what it gives is disposed. */
  watch(): vscode.Disposable {
    this.watchers++;
    if (this.watchers === 1) {
      void this.look();
      this.timer = setInterval(() => void this.lookWhenChanged(), watchMs);
    }
    let ended = false;
    return {
      dispose: () => {
        if (ended) return;
        ended = true;
        this.watchers--;
        if (this.watchers === 0) clearInterval(this.timer);
      },
    };
  }

  private get otherPaths(): readonly string[] {
    return this.options.memory.get<string[]>(otherPortsKey, []);
  }

  private async look(): Promise<void> {
    this.devices = await this.readDevices();
    await this.refresh();
  }

  /** Listing starts a program on some systems; on those with a /dev it is done only when a name there has come or gone. */
  private async lookWhenChanged(): Promise<void> {
    if (process.platform !== 'win32' && (await this.readDevices()) === this.devices) return;
    await this.look();
  }

  private async readDevices(): Promise<string> {
    const names = (await readdir('/dev').catch(() => [])).filter((name) => /^(tty(USB|ACM|CH|XR)|cu\.)/u.test(name)).join();
    const others = await Promise.all(this.otherPaths.map(async (path) => (await portPermission(path)).kind));
    return `${names};${others.join()}`;
  }
}

async function entryOf(path: string, kind: PortEntry['kind'], port: BoardPort | undefined): Promise<PortEntry> {
  return { path, kind, port, key: kind === 'virtual' ? 'virtual' : port?.serialNumber ?? path, permission: await portPermission(path) };
}
