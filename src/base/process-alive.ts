import { errorCode } from './user-error';

/** Whether a process of this machine exists. EPERM: it does, but belongs to another user. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
