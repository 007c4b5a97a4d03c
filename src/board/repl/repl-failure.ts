import { BoardError } from '../board-error';

/** Numbers of MicroPython's OSError (errno of Linux). */
const errno = { noEntry: 2, ioError: 5, exists: 17, noDevice: 19, noSpace: 28, readOnly: 30 } as const;
/** SPIFFS answers its own numbers: full, and no more file entries. */
const spiffsFull = new Set([-10001, 10001]);

/**
 * What a traceback means for the user.
 * @param doing such as "writing /sd/face.kmodel"
 */
export function explainTraceback(traceback: string, doing: string): BoardError {
  const line = traceback.split(/[\r\n]+/).filter((text) => text.trim() !== '').at(-1)?.trim() ?? traceback;
  const options = { cause: new Error(traceback) };
  const number = osErrorNumber(line);
  if (number === errno.noSpace || (number !== undefined && spiffsFull.has(number))) {
    return new BoardError('K2-REPL-SPACE', `There is no room left on the board while ${doing}.`, 'Delete files on the board, use an SD card, or deploy to a flash address (--address).', options);
  }
  if (number === errno.readOnly) {
    return new BoardError('K2-REPL-READONLY', `The board's file system is read-only while ${doing}.`, 'Move the lock of the SD card, or check the card on a computer: a damaged one is mounted read-only.', options);
  }
  if (number === errno.noDevice || number === errno.ioError) {
    return new BoardError('K2-REPL-NOSD', `The board cannot reach its SD card while ${doing} (${line}).`, 'Put the card in again (FAT32), reset the board, and try once more.', options);
  }
  if (/MemoryError/.test(line)) {
    return new BoardError('K2-REPL-PY', `The board ran out of memory while ${doing}.`, 'Reset the board so that nothing else runs on it, and try again.', options);
  }
  return new BoardError('K2-REPL-PY', `The board failed while ${doing}: ${line}`, 'Reset the board and try again; --verbose shows all of what it said.', options);
}

/**
 * Whether the board means what it says. Code whose sum was right runs as "<string>"; what fails outside of it, other than files, memory and
 * modules, comes of a line that was damaged on the way, and vanishes when the line is sent again.
 */
export function isCertain(traceback: string): boolean {
  return /\b(OSError|MemoryError|ImportError)\b|"<string>"/.test(traceback);
}

function osErrorNumber(line: string): number | undefined {
  const match = /OSError: (?:\[Errno (-?\d+)\]|\(?(-?\d+))/.exec(line);
  return match ? Number(match[1] ?? match[2]) : undefined;
}
