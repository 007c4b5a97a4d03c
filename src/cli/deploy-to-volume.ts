import { existsSync } from 'node:fs';
import type { CommandContext, CommandResult } from '../base/command';
import { UserError } from '../base/user-error';
import type { BoardMemory } from '../board/deploy/board-memory';
import { portReport } from '../board/deploy/board-report';
import { deployEnd } from '../board/deploy/deploy-failure';
import { ByteLog } from '../board/isp/byte-log';
import type { ChosenPort } from '../board/port/choose-port';
import { profileOrder, released, resetProfiles, type ResetProfileName } from '../board/port/reset-profiles';
import type { Transport } from '../board/port/transport';
import { deployFile, type FileDeployment, type FileDeployWatch } from '../board/repl/deploy-file';
import { FileJournal, whatIsOnVolume } from '../board/repl/file-journal';
import type { MainProgram } from '../board/repl/main-program';
import { systemClock } from '../board/system-clock';
import type { ModelPlace } from '../board/program/face-program';
import { kmodelFactsFile, readKmodelFacts } from '../kmodel/kmodel-facts';
import { faceProgramFor } from './face-program-for';

export interface VolumeSource {
  readonly file: string;
  readonly content: Uint8Array;
  /** The .kmodel was made on the way. */
  readonly converted: boolean;
}

export interface VolumeDeployWishes {
  /** `/sd/...` or `/flash/...`. */
  readonly path: string;
  /** Install the program for the camera as well. */
  readonly main: boolean;
  /** Stop rather than replace a main.py of somebody else. */
  readonly keepMain: boolean;
  readonly detector?: ModelPlace | undefined;
  readonly landmarks?: ModelPlace | undefined;
  readonly threshold?: number | undefined;
  readonly baudRate: number;
  readonly profile?: ResetProfileName | undefined;
}

/**
 * `deploy --path`: a file to the card or the flash file system of a board that runs MicroPython.
 * @throws DeployFailure for every expected failure; DeployCancelled
 */
export async function deployToVolume(
  transport: Transport, chosen: ChosenPort, { file, content, converted }: VolumeSource, wishes: VolumeDeployWishes, memory: BoardMemory, { progress, notice, signal }: CommandContext, watch: FileDeployWatch,
): Promise<CommandResult> {
  const startMs = performance.now();
  const { path, profile, baudRate } = wishes;
  const received = new ByteLog();
  const journal = new FileJournal();
  const listener = transport.onData((bytes) => received.add(bytes));
  try {
    const main = wishes.main ? await mainProgram(file, content, wishes, notice) : undefined;
    const lastGood = profile ?? (await memory.recall(chosen.port?.serialNumber ?? chosen.path));
    const names = [...new Set(profile ? [profile] : profileOrder(lastGood, chosen.port?.chip?.profile))];
    const resets = names.map((name) => resetProfiles[name].reboot);
    await transport.setLines(released);
    const deployment = await deployFile(transport, systemClock, content, { path, resets, baudRate, progress, notice, signal, journal, watch, ...(main ? { main } : {}) });
    return describe(file, chosen.path, converted, deployment, (performance.now() - startMs) / 1000);
  } catch (error) {
    throw deployEnd(error, portReport(journal.state, transport, chosen.port, received), whatIsOnVolume(journal), signal);
  } finally {
    listener.dispose();
  }
}

async function mainProgram(file: string, content: Uint8Array, wishes: VolumeDeployWishes, notice: (sentence: string) => void): Promise<MainProgram> {
  if (!existsSync(kmodelFactsFile(file))) throw new UserError(`${file} has no .json beside it, so no program can be made for it.`, 'Leave --main out, or convert the model with this product.');
  const { source, notes } = await faceProgramFor(await readKmodelFacts(file), { ...wishes, model: wishes.path, modelBytes: content.length });
  notes.forEach((note) => notice(note));
  return { source, existing: wishes.keepMain ? 'refuse' : 'back-up' };
}

function describe(file: string, port: string, converted: boolean, deployment: FileDeployment, seconds: number): CommandResult {
  const { path, bytes, crc32, unchanged, resumedAtBytes, retries, restarts, baudRate, main, loads } = deployment;
  return {
    // A deployment comes back only when the board has summed up the whole file.
    result: { file, kind: 'file', target: path, port, converted, verified: true, seconds, ...deployment },
    text: [
      `Verified: ${path}, ${bytes} bytes with CRC-32 ${crc32.toString(16).padStart(8, '0')}, as the board reads it back`,
      `Sent:     ${sentText(bytes, unchanged, resumedAtBytes)} in ${seconds.toFixed(1)} s${retries > 0 ? `, ${retries} pieces again` : ''}${restarts > 0 ? `, the board started anew ${restarts} times` : ''}`,
      `Board:    ${port}, ${baudRate} baud`,
      ...(main ? [`Program:  ${main.path}${main.backUp ? `; the one before is ${main.backUp}` : ''}`] : []),
      ...(loads.kind === 'loaded' ? [`Loads:    the board has loaded the model in ${loads.ms} ms`] : []),
    ].join('\n'),
  };
}

function sentText(bytes: number, unchanged: boolean, resumedAtBytes: number): string {
  if (unchanged) return 'nothing, the board had this file already';
  return resumedAtBytes > 0 ? `${bytes - resumedAtBytes} bytes, after ${resumedAtBytes} of an interrupted transfer` : `${bytes} bytes`;
}
