import { DownloadFailure } from '../../base/download/download-failure';
import type { HttpClient } from '../../base/download/http-client';
import type { NetworkTimeouts } from '../../base/download/network-timeouts';
import type { ProgressReporter } from '../../base/progress';
import type { ProbeOutcome } from '../probe';
import type { OfficialArchives } from './official-archives';

/** Loads the library of `folder` in a child process, so that a broken one cannot take this process down. Never throws. */
export type LibraryProbe = (folder: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }) => Promise<ProbeOutcome>;

/** Limits of every wait, in milliseconds. */
export interface ProvisioningTimeouts extends NetworkTimeouts {
  readonly pythonMs: number;
  readonly pipMs: number;
  readonly probeMs: number;
  /** How long a second window waits for the first. */
  readonly lockMs: number;
}

export const defaultTimeouts: ProvisioningTimeouts = {
  responseMs: 4000,
  idleMs: 30_000,
  pythonMs: 8000,
  pipMs: 15 * 60_000,
  probeMs: 60_000,
  lockMs: 20 * 60_000,
};

/** What a step may use. Absent settings are `undefined`. */
export interface StepContext {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  /** The engine's own folder. */
  readonly folder: string;
  /** Empty folder inside `folder`. A step that produces files puts them here and returns it. */
  readonly stagingFolder: string;
  /** Holds `.part` files, which survive a cancelled run. */
  readonly downloadFolder: string;
  /** Folder with libtensorflow that the user named. */
  readonly libraryPath: string | undefined;
  /** Wheel or archive that the user named. */
  readonly fromFile: string | undefined;
  /** Address of a package index (Simple API). */
  readonly indexUrl: string | undefined;
  /** Address below which the official archives lie as `<version>/<file>`. */
  readonly archiveUrl: string;
  readonly archives: OfficialArchives;
  readonly allowDownload: boolean;
  readonly http: HttpClient;
  readonly timeouts: ProvisioningTimeouts;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
  /** @throws UserError when the disk cannot take the engine */
  requireDiskSpace(): Promise<void>;
}

/** One way to come by TensorFlow's C library. */
export interface ProvisioningStep {
  readonly name: string;
  /**
   * @returns the folder that holds the library: `stagingFolder` for files that the engine shall own, any other to be used in place
   * @throws ProvisioningFailure when this way is closed; CancelledError and UserError end the whole provisioning
   */
  run(context: StepContext): Promise<string>;
}

/** Why one way to the library is closed, in one line without an address's password. */
export class ProvisioningFailure extends DownloadFailure {
  override readonly name = 'ProvisioningFailure';
}

/** @throws ProvisioningFailure when the user does not want downloads */
export function requireDownloads(context: StepContext): void {
  if (!context.allowDownload) throw new ProvisioningFailure('downloads are switched off');
}
