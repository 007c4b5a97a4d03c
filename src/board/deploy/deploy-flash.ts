import type { ProgressReporter } from '../../base/progress';
import { UserError } from '../../base/user-error';
import type { Clock } from '../clock';
import { IspLink } from '../isp/isp-link';
import { IspSession } from '../isp/isp-session';
import { upload, type Upload } from '../isp/upload';
import { UploadJournal, whatIsOnFlash, type UploadState } from '../isp/upload-journal';
import type { FlashMapEntry, FlashRegion, OverwriteConsent } from '../image/flash-map';
import type { BoardPort } from '../port/list-ports';
import type { ResetProfileName } from '../port/reset-profiles';
import type { Transport } from '../port/transport';
import type { BoardMemory } from './board-memory';
import { boardReport, type BoardReport } from './board-report';
import { BootWatch, type BootOutcome } from './boot-watch';
import { deployEnd } from './deploy-failure';

export interface FlashDeployOptions {
  readonly regions: readonly FlashRegion[];
  readonly stubCode: Uint8Array;
  /** `stubCode` is the user's and may be one of kflash. */
  readonly classicAllowed: boolean;
  /** Highest rate, bits per second. */
  readonly baudRate: number;
  /** Wiring that the user named. */
  readonly profile: ResetProfileName | undefined;
  readonly consent: OverwriteConsent;
  readonly readBack: boolean;
  /** How long the board may take to say that its program has loaded the model; 0: it is not listened to. */
  readonly proofLimitMs: number;
  /** As the list of ports has it; undefined for paths that it does not have. */
  readonly port: BoardPort | undefined;
  /** Whether the user is asked to press BOOT and RESET when the lines do not bring the board to listen. */
  readonly askForButtons: boolean;
  readonly memory: BoardMemory;
  readonly progress: ProgressReporter;
  readonly notice: (sentence: string) => void;
  readonly onMap: (map: readonly FlashMapEntry[], flashBytes: number) => void;
  /** Told each state that the upload comes to. */
  readonly onState?: (state: UploadState) => void;
  /** Told when the user has to work BOOT and RESET, and for how long that is waited for. */
  readonly onButtons?: (limitMs: number) => void;
  readonly signal?: AbortSignal;
}

export interface FlashDeployment extends Upload {
  /** True only when the flash was asked and holds every byte. */
  readonly verified: boolean;
  readonly boot: BootOutcome | undefined;
  readonly report: BoardReport;
}

/** A cancelled board is brought back within this time, or left. */
const bringBackLimitMs = 6000;

/**
 * Puts regions onto the flash of the board behind `transport`, verifies them and starts the board. Whatever happens, the board is
 * started again as far as it listens. The transport stays open.
 * @throws DeployFailure for every expected failure; DeployCancelled
 */
export async function deployFlash(transport: Transport, clock: Clock, options: FlashDeployOptions): Promise<FlashDeployment> {
  const { memory, port, signal } = options;
  const link = new IspLink(transport, clock, signal);
  const journal = new UploadJournal(options.onState);
  const watch = new BootWatch(transport, clock);
  const boardKey = port?.serialNumber ?? transport.path;
  const lastGoodProfile = await memory.recall(boardKey);
  const session = new IspSession(link, {
    stubCode: options.stubCode, classicAllowed: options.classicAllowed, progress: options.progress, notice: options.notice, askForButtons: options.askForButtons,
    ...(options.onButtons ? { onButtons: options.onButtons } : {}),
    ...(options.profile ? { profile: options.profile } : {}), ...(lastGoodProfile ? { lastGoodProfile } : {}),
    ...(port?.chip ? { suggestedProfile: port.chip.profile } : {}), ...(port?.otherPath ? { otherPort: port.otherPath } : {}),
  }, journal);
  try {
    const uploaded = await upload(session, options);
    if (journal.profile !== undefined) await memory.remember(boardKey, journal.profile);
    const boot = await startBoard(session, watch, options);
    journal.state = 'done';
    return { ...uploaded, verified: uploaded.verification !== 'none', boot, report: boardReport(link, journal, port) };
  } catch (error) {
    const report = boardReport(link, journal, port);
    const isStarted = journal.state === 'proof' || (await bringBack(session, link, clock));
    throw deployEnd(error, report, `${whatIsOnFlash(journal)} ${isStarted ? 'The board was started again.' : 'The board could not be started from here: press its RESET button.'}`, signal);
  } finally {
    watch.dispose();
    link.dispose();
  }
}

/** The upload is whole by now: a board that cannot be started does not make it a failure. */
async function startBoard(session: IspSession, watch: BootWatch, { proofLimitMs, progress, notice, signal }: FlashDeployOptions): Promise<BootOutcome | undefined> {
  watch.start();
  session.journal.state = 'reboot';
  try {
    // A board that was told to start is not to be asked whether it was.
    await session.link.withoutCancel(() => session.reboot());
    session.journal.state = 'proof';
    session.link.throwIfOver();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notice(`The flash is written, but the board could not be started (${error.message}) Press its RESET button.`);
    return undefined;
  }
  if (proofLimitMs === 0) return undefined;
  progress.report({ label: 'Waiting for the board to start', done: 0, unit: 'lines' });
  return watch.outcome(proofLimitMs, signal);
}

/** Starts the board as far as it can be reached, also after a cancel; a failure here must not hide the one before. Gives whether the board was told. */
export async function bringBack(session: IspSession, link: IspLink, clock: Clock): Promise<boolean> {
  const limit = new AbortController();
  // A lost port or a silent board: nothing more can be done for it.
  const reboot = link.withoutCancel(() => session.reboot()).catch(() => false);
  try {
    return (await Promise.race([reboot, clock.sleep(bringBackLimitMs, limit.signal).catch(() => undefined)])) === true;
  } finally {
    limit.abort();
  }
}
