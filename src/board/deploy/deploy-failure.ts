import { UserError } from '../../base/user-error';
import type { BoardReport } from './board-report';

/** A deployment that failed, with what a helper needs to know. */
export class DeployFailure extends UserError {
  constructor(
    readonly report: BoardReport,
    readonly reason: UserError,
  ) {
    super(reason.message, reason.action, { cause: reason, details: { ...reason.details, report } });
  }
}
