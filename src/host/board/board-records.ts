import * as vscode from 'vscode';
import * as z from 'zod';
import { Disposable } from '../../base/disposable';
import type { BoardIdentityData } from '../../protocol/deploy-result';

const deploymentSchema = z.object({
  /** Name of the file, without its folder. */
  model: z.string(),
  /** Flash address or path on the board. */
  place: z.union([z.number(), z.string()]),
  bytes: z.number(),
  at: z.string(),
  verified: z.boolean(),
  /** A program on the board has loaded it. */
  loaded: z.boolean(),
});
export type LastDeployment = z.infer<typeof deploymentSchema>;

const recordSchema = z.object({
  identity: z.object({
    flashBytes: z.number(), firmwareEnd: z.number().optional(), firmware: z.string().optional(), modelVersion: z.number().optional(),
  }).optional(),
  last: deploymentSchema.optional(),
});
export type BoardRecord = z.infer<typeof recordSchema>;

const recordsSchema = z.record(z.string(), recordSchema);
const storageKey = 'boards';

/** What this workspace knows of boards, by serial number or port: what they answered, and what was deployed to them last. */
export class BoardRecords extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private readonly records: Map<string, BoardRecord>;

  constructor(private readonly memory: vscode.Memento) {
    super();
    this.records = new Map(Object.entries(recordsSchema.safeParse(memory.get(storageKey)).data ?? {}));
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
    this.records.set(key, { ...this.of(key), ...change });
    this.changed.fire();
    await this.memory.update(storageKey, Object.fromEntries(this.records));
  }
}
