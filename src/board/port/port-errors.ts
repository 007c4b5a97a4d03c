import { errorCode } from '../../base/user-error';
import { BoardError } from '../board-error';

const lostCodes = new Set(['EIO', 'ENXIO', 'EBADF', 'ENODEV']);

/**
 * What the drivers of the three systems say (serialport has no codes of its own), as a sentence with a way out.
 * Errors that are not known are returned as they are.
 * @param holder who has the port, where that could be found out
 */
export function explainPortError(error: unknown, port: string, holder?: string): unknown {
  if (error instanceof BoardError || !(error instanceof Error)) return error;
  const { message } = error;
  const options = { cause: error };
  if (isLossError(error)) return portLost(port, message);
  if (/cannot lock port|EBUSY|resource busy|resource temporarily unavailable|access denied/iu.test(message)) return portBusy(port, holder, options);
  if (/permission denied|EACCES|EPERM/iu.test(message)) {
    return new BoardError('K2-PORT-DENIED', `${port} may not be opened by this user.`, deniedAction(), options);
  }
  if (/no such file|ENOENT|file not found|cannot find the file/iu.test(message)) {
    return new BoardError('K2-PORT-MISSING', `${port} does not exist.`, 'Plug the board in and look with `ports` what it is called.', options);
  }
  if (/inappropriate ioctl|ENOTTY|is a directory|EISDIR|invalid argument/iu.test(message)) {
    return new BoardError('K2-PORT-MISSING', `${port} is no serial port (${message}).`, 'Choose a port that `ports` lists.', options);
  }
  return error;
}

/** @param holder such as "process 1234 (screen)" */
export function portBusy(port: string, holder: string | undefined, options?: { cause?: unknown }): BoardError {
  return new BoardError(
    'K2-PORT-BUSY',
    holder === undefined ? `${port} is in use by another program.` : `${port} is in use by ${holder}.`,
    holder === undefined ? 'Close the Serial Monitor, MaixPy IDE, a terminal on that port, or stop ModemManager, then try again.' : 'Close it there, then try again.',
    options,
  );
}

export function portLost(port: string, reason: string): BoardError {
  return new BoardError('K2-PORT-LOST', `${port} was lost (${reason}).`, 'Check cable and power, then run the same command again: it continues where it stopped.');
}

/** Whether a failed read or write means that the device is gone: nothing else tells it where nobody reads. */
export function isLossError(error: Error): boolean {
  return lostCodes.has(errorCode(error) ?? '') || /\b(EIO|ENXIO|EBADF|ENODEV)\b|input\/output error|no such device|bad file descriptor|port is not open|disconnected/iu.test(error.message);
}

/** Whether `set` failed because the port has no control lines, as a pseudo-terminal. */
export function isMissingLinesError(error: unknown): boolean {
  return error instanceof Error && (errorCode(error) === 'ENOTTY' || /inappropriate ioctl|ENOTTY/iu.test(error.message));
}

function deniedAction(): string {
  return process.platform === 'linux'
    ? 'Add yourself to the group of the port (`sudo usermod -aG dialout $USER`, on Arch `uucp`), log in again, and try once more.'
    : 'Run as a user who may use serial ports.';
}
