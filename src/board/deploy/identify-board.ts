import type { ProgressReporter } from '../../base/progress';
import { UserError } from '../../base/user-error';
import { defaultModelAddress } from '../../protocol/flash-layout';
import { BoardError } from '../board-error';
import type { Clock } from '../clock';
import { kmodelVersion } from '../image/deploy-image';
import { firmwareEnd, firmwareHeaderBytes } from '../image/flash-map';
import { romBaudRate } from '../isp/enter-isp';
import { IspLink } from '../isp/isp-link';
import { IspSession } from '../isp/isp-session';
import { OwnStub } from '../isp/own-stub';
import { UploadJournal } from '../isp/upload-journal';
import type { BoardPort } from '../port/list-ports';
import type { ResetProfileName } from '../port/reset-profiles';
import type { Transport } from '../port/transport';
import type { BoardMemory } from './board-memory';
import { boardReport } from './board-report';
import { BootWatch } from './boot-watch';
import { bringBack } from './deploy-flash';
import { DeployFailure } from './deploy-failure';

/** What a board tells about itself. */
export interface BoardIdentity {
  /** Absent where the board was brought to listen by its buttons. */
  readonly profile?: ResetProfileName;
  readonly flashBytes: number;
  /** Three bytes of JEDEC, in hexadecimal. */
  readonly flashId: string;
  /** First address after the firmware; absent when there is none. */
  readonly firmwareEnd?: number;
  /** Version of the .kmodel at the usual address, if there is one. */
  readonly modelVersion?: number;
  /** What the firmware calls itself, as far as it does: "MaixPy, MicroPython v1.12". */
  readonly firmware?: string;
}

export interface IdentifyOptions {
  readonly stubCode: Uint8Array;
  readonly port: BoardPort | undefined;
  readonly memory: BoardMemory;
  readonly askForButtons: boolean;
  readonly progress: ProgressReporter;
  readonly notice: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

const modelMagicBytes = 8;
/** From the reset to the firmware's prompt. */
const bannerLimitMs = 5000;

/**
 * Asks the board for its flash and its firmware. Nothing is written; the board is started again.
 * @throws DeployFailure for every expected failure; CancelledError
 */
export async function identifyBoard(transport: Transport, clock: Clock, options: IdentifyOptions): Promise<BoardIdentity> {
  const { memory, port, signal, progress } = options;
  const link = new IspLink(transport, clock, signal);
  const journal = new UploadJournal();
  const watch = new BootWatch(transport, clock);
  const boardKey = port?.serialNumber ?? transport.path;
  const lastGoodProfile = await memory.recall(boardKey);
  const session = new IspSession(link, {
    stubCode: options.stubCode, classicAllowed: false, progress, notice: options.notice, askForButtons: options.askForButtons,
    ...(lastGoodProfile ? { lastGoodProfile } : {}), ...(port?.chip ? { suggestedProfile: port.chip.profile } : {}), ...(port?.otherPath ? { otherPort: port.otherPath } : {}),
  }, journal);
  try {
    const facts = await readFlash(session);
    if (journal.profile !== undefined) await memory.remember(boardKey, journal.profile);
    watch.start();
    journal.state = 'reboot';
    await session.reboot();
    progress.report({ label: 'Waiting for the board to start', done: 0, unit: 'lines' });
    const { said } = await watch.outcome(bannerLimitMs, signal);
    const firmware = firmwareName(said);
    return { ...facts, ...(journal.profile ? { profile: journal.profile } : {}), ...(firmware === undefined ? {} : { firmware }) };
  } catch (error) {
    const report = boardReport(link, journal, port);
    await bringBack(session, link, clock);
    throw error instanceof UserError ? new DeployFailure(report, error) : error;
  } finally {
    watch.dispose();
    link.dispose();
  }
}

/** @param said what the board says when it starts */
function firmwareName(said: string): string | undefined {
  const family = /CanMV|MaixPy/iu.exec(said)?.[0].toLowerCase();
  const names = [family === 'canmv' ? 'CanMV' : family === 'maixpy' ? 'MaixPy' : undefined, /MicroPython v[\w.-]+/u.exec(said)?.[0]];
  return names.some((name) => name !== undefined) ? names.filter((name) => name !== undefined).join(', ') : undefined;
}

async function readFlash(session: IspSession): Promise<BoardIdentity> {
  const stub = await session.connect(romBaudRate);
  if (!(stub instanceof OwnStub)) throw new BoardError('K2-STUB-SILENT', `The flash stub on ${session.link.transport.path} does not introduce itself.`, 'Press RESET and ask again.');
  session.journal.state = 'flash-init';
  const chip = await stub.initializeFlash();
  session.journal.chip = chip;
  session.journal.state = 'preflight';
  const end = firmwareEnd(await stub.read(0, firmwareHeaderBytes), chip.sizeBytes);
  const modelVersion = kmodelVersion(await stub.read(defaultModelAddress, modelMagicBytes));
  return {
    flashBytes: chip.sizeBytes, flashId: Buffer.from(chip.jedecId).toString('hex'),
    ...(end === undefined ? {} : { firmwareEnd: end }), ...(modelVersion === undefined ? {} : { modelVersion }),
  };
}
