import { silentProgress, type ProgressReporter } from '../../base/progress';
import { BoardError } from '../board-error';
import { BoardRestartedError, type BoardLink } from './board-link';
import { FileJournal } from './file-journal';
import { pythonString } from './python-text';
import { sendFile } from './send-file';
import { parseTargetPath } from './target-path';

/** Begins every main.py that this product writes, so that it knows its own again. */
export const mainProgramMark = '# MobileFaceNet Studio';

export interface MainProgram {
  /** MicroPython source that begins with `mainProgramMark`. */
  readonly source: string;
  /** What happens to a main.py of somebody else: kept as main.py.bak (or .bak1 to .bak9), or the deployment stops before it touches anything. */
  readonly existing: 'back-up' | 'refuse';
}

export interface InstalledMain {
  readonly path: string;
  /** Where the main.py of before is now; absent when there was none, or an older one of this product. */
  readonly backUp?: string;
}

const answerLimitMs = 5000;

/** Where the firmware looks for main.py: on the SD card when there is one. */
export async function mainPath(link: BoardLink): Promise<string> {
  return (await link.ask(`_kp('sd' in uos.listdir('/'))`, answerLimitMs, 'looking for main.py')) === 'True' ? '/sd/main.py' : '/flash/main.py';
}

/** @throws BoardError K2-REPL-MAIN when there is a main.py of somebody else that may not be replaced */
export async function checkMain(link: BoardLink, { existing }: MainProgram): Promise<void> {
  const path = await mainPath(link);
  if (existing === 'refuse' && (await ownerOf(link, path)) === 'other') {
    throw new BoardError('K2-REPL-MAIN', `There is a ${path} on the board that is not from this product.`, 'Allow to replace it: it is kept as main.py.bak.');
  }
}

/** Puts `main.py` in place. A failure or a cancel on the way brings the old one back. @param journal told where the old one is */
export async function installMain(
  link: BoardLink, program: MainProgram, progress: ProgressReporter = silentProgress, journal: Pick<FileJournal, 'program'> = new FileJournal(),
): Promise<InstalledMain> {
  await checkMain(link, program);
  const path = await mainPath(link);
  const backUp = (await ownerOf(link, path)) === 'other' ? await moveAside(link, path) : undefined;
  if (backUp !== undefined) journal.program = { movedTo: backUp };
  try {
    await sendFile(link, parseTargetPath(path), Buffer.from(program.source), progress, new FileJournal());
  } catch (error) {
    // After a restart the caller tries again and finds the back-up made; the last of its tries fails with another error.
    if (backUp !== undefined && !(error instanceof BoardRestartedError) && (await bringBack(link, backUp, path))) journal.program = 'untouched';
    throw error;
  }
  journal.program = 'installed';
  return { path, ...(backUp === undefined ? {} : { backUp }) };
}

async function ownerOf(link: BoardLink, path: string): Promise<'nobody' | 'us' | 'other'> {
  const start = await link.ask(
    `if _ks(${pythonString(path)})<0:\n _kp('nobody')\nelse:\n _ka=open(${pythonString(path)},'rb')\n _kp('us' if _ka.read(${mainProgramMark.length})==b${pythonString(mainProgramMark)} else 'other')\n _ka.close()`,
    answerLimitMs, `looking at ${path}`,
  );
  return start === 'nobody' || start === 'us' ? start : 'other';
}

async function moveAside(link: BoardLink, path: string): Promise<string> {
  for (const suffix of ['.bak', ...Array.from({ length: 9 }, (_, index) => `.bak${index + 1}`)]) {
    const target = path + suffix;
    if ((await link.ask(`_kp(_ks(${pythonString(target)}))`, answerLimitMs, `looking for ${target}`)) !== '-1') continue;
    await link.uninterruptible().ask(moveCode(path, target), answerLimitMs, `keeping ${path}`);
    return target;
  }
  throw new BoardError('K2-REPL-MAIN', `There are ten back-ups of ${path} on the board already.`, 'Delete those that you do not need (main.py.bak, main.py.bak1, ...).');
}

async function bringBack(link: BoardLink, backUp: string, path: string): Promise<boolean> {
  const steady = link.uninterruptible();
  try {
    // What the cancel interrupted may still be running there.
    if (!(await steady.repl.resync())) return false;
    await steady.ask(moveCode(backUp, path), answerLimitMs, `bringing ${path} back`);
    return true;
  } catch {
    // The failure that led here is told; the back-up stays under its own name.
    return false;
  }
}

/** May run twice. */
function moveCode(from: string, to: string): string {
  return `if _ks(${pythonString(from)})>=0:\n uos.rename(${pythonString(from)},${pythonString(to)})\n_kp(1)`;
}
