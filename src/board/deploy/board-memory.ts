import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeJsonAtomic } from '../../base/atomic-file';
import { resetProfileNames, type ResetProfileName } from '../port/reset-profiles';

const rememberedSchema = z.object({
  profile: z.enum(resetProfileNames),
  usedAt: z.string(),
});
const memorySchema = z.object({ format: z.literal(1), boards: z.record(z.string(), rememberedSchema) });

/** Remembers per board (its USB serial number, or its port's path) which reset wiring worked last. */
export interface BoardMemory {
  recall(key: string): Promise<ResetProfileName | undefined>;
  remember(key: string, profile: ResetProfileName): Promise<void>;
}

const boardLimit = 50;

/** A memory in a small file. Losing it costs seconds, so nothing here fails. */
export class BoardMemoryFile implements BoardMemory {
  private readonly file: string;

  constructor(folder: string) {
    this.file = path.join(folder, 'boards.json');
  }

  async recall(key: string): Promise<ResetProfileName | undefined> {
    return (await this.read())[key]?.profile;
  }

  async remember(key: string, profile: ResetProfileName): Promise<void> {
    const known = { ...(await this.read()), [key]: { profile, usedAt: new Date().toISOString() } };
    const latest = Object.entries(known).sort(([, a], [, b]) => b.usedAt.localeCompare(a.usedAt)).slice(0, boardLimit);
    await writeJsonAtomic(this.file, { format: 1, boards: Object.fromEntries(latest) }).catch(() => undefined);
  }

  private async read(): Promise<z.infer<typeof memorySchema>['boards']> {
    try {
      return memorySchema.parse(JSON.parse(await readFile(this.file, 'utf8'))).boards;
    } catch {
      return {};
    }
  }
}
