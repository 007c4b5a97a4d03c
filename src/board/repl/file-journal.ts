import { Figures } from '../../protocol/figures';

/** Where a transfer to a board's file system is; the order is that of a good one. */
export type FileState = 'open' | 'stop-program' | 'change-rate' | 'compare' | 'send' | 'verify' | 'rename' | 'install-program' | 'load-model' | 'restart' | 'proof' | 'done';

/** What a report tells about the way of a transfer so far. */
export class FileJournal {
  state: FileState = 'open';
  path = '';
  totalBytes = 0;
  /** What the board has acknowledged of the new file, beside the old one. */
  sentBytes = 0;
  /** The new file is proved and under its name. */
  isThere = false;
  /** Of the program: `moved` when the one before has made room and the new one is not in its place. */
  program: 'untouched' | { readonly movedTo: string } | 'installed' = 'untouched';
  /** How the board was left after a failure. */
  left: 'prompt' | 'restarted' | 'unreached' | undefined;
}

const figures = new Figures('en');

/** What a board's file system holds after a transfer that was stopped, and how the board was left, in sentences. */
export function whatIsOnVolume({ path, totalBytes, sentBytes, isThere, program, left }: FileJournal): string {
  const file = isThere ? `${path} is on the board, whole and verified.`
    : sentBytes > 0 ? `${path} is as it was before; ${figures.count(sentBytes)} of ${figures.count(totalBytes)} bytes of the new one are in ${path}.part. The next deploy goes on from there.`
      : 'No file on the board was changed.';
  const main = typeof program === 'string' ? '' : ` Its main.py is now ${program.movedTo}.`;
  return `${file}${main}${leftText(left)}`;
}

function leftText(left: FileJournal['left']): string {
  switch (left) {
    case 'prompt': return ' The board waits at its prompt: press RESET to start its program.';
    case 'restarted': return ' The board was started again.';
    case 'unreached': return ' The board did not answer any more: press its RESET button.';
    case undefined: return '';
  }
}
