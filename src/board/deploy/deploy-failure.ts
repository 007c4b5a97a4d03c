import { CancelledError, UserError } from '../../base/user-error';
import type { BoardReport } from './board-report';
import { DeployCancelled } from './deploy-cancelled';

/** A deployment that failed, with what a helper needs to know. */
export class DeployFailure extends UserError {
  constructor(
    readonly report: BoardReport,
    readonly reason: UserError,
  ) {
    super(reason.message, reason.action, { cause: reason, details: { sentence: reason.message, action: reason.action, ...reason.details, report } });
  }
}

/**
 * What a deployment throws for an error on its way: `DeployCancelled` when the user stopped it, whatever that made fail first;
 * `DeployFailure` for an expected failure; the error itself for anything else.
 */
export function deployEnd(error: unknown, report: BoardReport, whatIsThere: string, signal: AbortSignal | undefined): unknown {
  const isStopped = error instanceof CancelledError || (error instanceof UserError && signal?.aborted === true);
  if (isStopped) return new DeployCancelled(report, whatIsThere, error);
  return error instanceof UserError ? new DeployFailure(report, error) : error;
}
