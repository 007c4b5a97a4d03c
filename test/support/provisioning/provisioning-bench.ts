import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineRecord } from '../../../src/engine/engine-record';
import { provisionEngine, type ProvisioningOptions } from '../../../src/engine/provisioning/provision-engine';
import { silentProgress } from '../../../src/base/progress';
import { startFileServer, type FileServer } from './file-server';
import { fakeProbe } from './fake-tensorflow';

/** An engine folder, a local server and a fake probe for one test. */
export class ProvisioningBench {
  readonly probed: string[];
  private readonly probe: ProvisioningOptions['probe'];

  private constructor(
    readonly root: string,
    readonly server: FileServer,
  ) {
    const { probe, folders } = fakeProbe();
    this.probe = probe;
    this.probed = folders;
  }

  static async open(): Promise<ProvisioningBench> {
    const root = await mkdtemp(path.join(tmpdir(), 'provisioning-'));
    await mkdir(path.join(root, 'no-programs'));
    return new ProvisioningBench(root, await startFileServer());
  }

  /** The engine's folder. */
  get folder(): string {
    return path.join(this.root, 'engine');
  }

  /** Environment without Python and without settings. */
  get env(): NodeJS.ProcessEnv {
    return { PATH: path.join(this.root, 'no-programs'), HOME: this.root };
  }

  /** `provisionEngine` against this bench: enough disk, archives of the local server. */
  run(options: Partial<ProvisioningOptions> = {}): Promise<EngineRecord> {
    return provisionEngine({
      env: this.env,
      folder: this.folder,
      archiveUrl: `${this.server.url}/archives`,
      archives: { [`${process.platform}-${process.arch}`]: { path: 'library.tar.gz' } },
      progress: silentProgress,
      signal: new AbortController().signal,
      probe: this.probe,
      freeDiskBytes: () => Promise.resolve(10e9),
      ...options,
    });
  }

  /** Everything below the engine's folder, and beside it. */
  async files(): Promise<string[]> {
    const names = await readdir(this.root, { recursive: true, withFileTypes: true });
    const paths = names.filter((entry) => entry.isFile()).map((entry) => path.relative(this.root, path.join(entry.parentPath, entry.name)));
    return paths.filter((each) => each.startsWith('engine')).sort();
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** For tests of servers that do not answer. */
export const shortResponse = { responseMs: 400 };
/** For tests of servers that fall silent when they have begun. */
export const shortIdle = { idleMs: 400 };

/** Fails with all reasons unless the record is that of a native engine. */
export function assertNative(record: EngineRecord): void {
  assert.equal(record.kind, 'native', JSON.stringify(record.tried));
}

/** Why a step failed according to the record. */
export function whyOf(record: EngineRecord, step: string): string {
  return record.tried.find((each) => each.step === step)?.why ?? `step ${step} is not among the tried ones`;
}
