import { readFile } from 'node:fs/promises';
import type { CommandContext } from '../base/command';
import { openMemoryPort } from '../board/emulator/memory-transport';
import { MicroPythonFirmware } from '../board/emulator/micropython/micropython-firmware';
import { VirtualBoard } from '../board/emulator/virtual-board';
import { VirtualClock } from '../board/emulator/virtual-clock';
import { profileOrder, released, resetProfiles } from '../board/port/reset-profiles';
import { deployFile, type FileDeployment } from '../board/repl/deploy-file';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { readKmodelFacts } from '../kmodel/kmodel-facts';
import { faceProgramFor } from './face-program-for';
import { SamePhoto, type SamePhotoResult } from './same-photo';
import { simulatedKpu } from './simulated-kpu';

export interface Rehearsal {
  readonly board: string;
  /** It comes back only when the board has summed up the whole file and its program has loaded it. */
  readonly deployment: FileDeployment;
  readonly samePhoto: SamePhotoResult;
}

/** Where `deploy --path` puts it on a real board. */
export const rehearsalPath = '/sd/face.kmodel';

/**
 * Deploys a .kmodel with its program to a virtual board within this process, and compares one face's embedding there with the one computed here.
 * The board has real MicroPython and time of its own: its waits take none of ours. Nothing of it is left afterwards.
 * @param crop aligned face, RGB [size][size][3]
 * @throws BoardError, UserError as a deployment to a real board; CancelledError
 */
export async function rehearseDeployment(model: string, crop: Uint8Array, context: CommandContext, dependencies: EvaluationDependencies): Promise<Rehearsal> {
  const { progress, notice, signal } = context;
  const content = await readFile(model);
  const samePhoto = await SamePhoto.of(model, () => Promise.resolve(crop));
  const { source } = await faceProgramFor(await readKmodelFacts(model), { model: rehearsalPath, modelBytes: content.length });
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, firmware: new MicroPythonFirmware({ kpu: simulatedKpu }) });
  try {
    const transport = await openMemoryPort(board);
    await transport.setLines(released);
    const resets = [...new Set(profileOrder(undefined, undefined))].map((name) => resetProfiles[name].reboot);
    const deployment = await deployFile(transport, clock, content, { path: rehearsalPath, main: { source, existing: 'back-up' }, resets, progress, notice, signal });
    const answer = await samePhoto.askBoard(transport, clock, { progress, signal });
    return { board: board.model.name, deployment, samePhoto: await samePhoto.compare(answer, undefined, dependencies) };
  } finally {
    board.dispose();
  }
}
