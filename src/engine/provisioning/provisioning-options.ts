import type { ProgressReporter } from '../../base/progress';
import type { OfficialArchives } from './official-archives';
import type { LibraryProbe, ProvisioningTimeouts } from './provisioning-step';

export interface ProvisioningOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The engine's folder; by default that of `engineFolder(env)`. */
  readonly folder?: string;
  /** Use the library of this folder and no other. */
  readonly libraryPath?: string;
  /** Use this wheel or archive and no other. */
  readonly fromFile?: string;
  /** Address of a package index; otherwise `MOBILEFACENET_ENGINE_INDEX`. */
  readonly indexUrl?: string;
  readonly archiveUrl?: string;
  readonly archives?: OfficialArchives;
  /** false: only what is on this machine already. */
  readonly allowDownload?: boolean;
  /** Fetch again; an engine that works is kept if nothing better is found. */
  readonly reinstall?: boolean;
  /** A fallback that was recorded less than this long ago is taken as it is; by default every call tries again. */
  readonly keepFallbackMs?: number;
  /** Names of the steps to try, in this order. */
  readonly order?: readonly string[];
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
  readonly probe: LibraryProbe;
  readonly timeouts?: Partial<ProvisioningTimeouts>;
  readonly freeDiskBytes?: (folder: string) => Promise<number>;
}
