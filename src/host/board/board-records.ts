import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { BoardIdentityData } from '../../protocol/deploy-result';
import { areas } from '../areas';
import type { BoardRecord, LastDeployment } from './board-record-schema';

const storageKey = 'boards';

/** What this workspace knows of boards, by serial number or port: what they answered, and what was deployed to them last. */
export class BoardRecords extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  /** Resolves when what the workspace has kept is known. */
  readonly ready: Promise<void>;
  private readonly records = new Map<string, BoardRecord>();

  constructor(private readonly memory: vscode.Memento) {
    super();
    const kept = memory.get(storageKey);
    this.ready = kept === undefined ? Promise.resolve() : this.read(kept);
  }

  of(key: string): BoardRecord {
    return this.records.get(key) ?? {};
  }

  async noteIdentity(key: string, { flashBytes, firmwareEnd, firmware, modelVersion }: Pick<BoardIdentityData, 'flashBytes' | 'firmwareEnd' | 'firmware' | 'modelVersion'>): Promise<void> {
    const known = this.of(key).identity;
    const name = firmware ?? known?.firmware;
    await this.set(key, {
      identity: {
        flashBytes, ...(firmwareEnd === undefined ? {} : { firmwareEnd }), ...(name === undefined ? {} : { firmware: name }), ...(modelVersion === undefined ? {} : { modelVersion }),
      },
    });
  }

  async noteDeployment(key: string, last: LastDeployment): Promise<void> {
    await this.set(key, { last });
  }

  private async set(key: string, change: BoardRecord): Promise<void> {
    await this.ready;
    this.records.set(key, { ...this.of(key), ...change });
    this.changed.fire();
    await this.memory.update(storageKey, Object.fromEntries(this.records));
  }

  private async read(kept: unknown): Promise<void> {
    const { recordsSchema } = await areas.boardRecords();
    for (const [key, record] of Object.entries(recordsSchema.safeParse(kept).data ?? {})) this.records.set(key, record);
    if (!this.isDisposed) this.changed.fire();
  }
}
