import { CancelledError } from '../../base/user-error';
import type { BoardErrorCode } from '../board-error';
import type { BoardReport } from './board-report';

/** A deployment that the user stopped, with what is on the board now. */
export class DeployCancelled extends CancelledError {
  readonly code: BoardErrorCode = 'K2-CANCELLED';

  /**
   * @param report undefined before the board was reached
   * @param whatIsThere sentences about what the board has, and how it was left
   */
  constructor(
    readonly report: BoardReport | undefined,
    whatIsThere: string,
    cause: unknown,
  ) {
    const code: BoardErrorCode = 'K2-CANCELLED';
    super(`${code}: The deploy${report === undefined ? '' : ` to ${report.port}`}`, { aftermath: whatIsThere, cause, details: { code, ...(report ? { report } : {}) } });
  }
}
