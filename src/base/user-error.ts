/**
 * A failure that a user can act on: bad input, a missing file, a full disk, a setting out of range.
 * `message` is one sentence that names the file, layer, setting or port; `action` is one sentence that says what to do.
 * Anything else that is thrown is a defect and is shown with its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What a program can use of the failure: a code, a report. Part of the command line's `--json` answer. */
  readonly details?: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    readonly action: string,
    options?: { cause?: unknown; details?: Readonly<Record<string, unknown>> },
  ) {
    super(message, options);
    if (options?.details) this.details = options.details;
  }
}

/** Thrown when the user stopped an operation. The command line answers it with exit code 130. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  /** As of a `UserError`. */
  readonly details?: Readonly<Record<string, unknown>>;

  /** @param aftermath sentences about what is left of the operation */
  constructor(what = 'The operation', { aftermath, cause, details }: { aftermath?: string; cause?: unknown; details?: Readonly<Record<string, unknown>> } = {}) {
    super(`${what} was cancelled.${aftermath === undefined ? '' : ` ${aftermath}`}`, cause === undefined ? undefined : { cause });
    if (details) this.details = details;
  }
}

/** @throws CancelledError when `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined, what?: string): void {
  if (signal?.aborted) throw new CancelledError(what);
}

/** The system error code (`ENOENT`, `ENOSPC`, ...) of a thrown value, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** One readable line for any thrown value, without a stack. */
export function errorText(error: unknown): string {
  if (error instanceof UserError) return `${error.message} ${error.action}`;
  return error instanceof Error ? error.message : String(error);
}
