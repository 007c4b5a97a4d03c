import { UserError } from '../base/user-error';

/** What can go wrong with a port or a board (k210-serial.md, section 7). Codes stay the same between versions: people search for them. */
export const boardErrorCodes = [
  'K2-PORT-MISSING', 'K2-PORT-BUSY', 'K2-PORT-DENIED', 'K2-PORT-LOST',
  'K2-ISP-SILENT', 'K2-ISP-BOOTLOG', 'K2-ISP-GARBAGE', 'K2-STUB-LOAD', 'K2-STUB-SILENT', 'K2-BAUD',
  'K2-FLASH-ID', 'K2-FLASH-PROTECTED', 'K2-FLASH-SIZE', 'K2-FLASH-OVERLAP', 'K2-WRITE', 'K2-VERIFY',
  'K2-REPL-NONE', 'K2-REPL-IDEMODE', 'K2-REPL-PY', 'K2-REPL-SPACE', 'K2-REPL-NOSD', 'K2-REPL-READONLY', 'K2-REPL-LINE', 'K2-REPL-VERIFY',
  'K2-REPL-PROOF', 'K2-REPL-MAIN', 'K2-FILE', 'K2-CANCELLED',
] as const;
export type BoardErrorCode = (typeof boardErrorCodes)[number];

/** An expected failure with a port or a board: its code leads the sentence. */
export class BoardError extends UserError {
  constructor(
    readonly code: BoardErrorCode,
    readonly sentence: string,
    action: string,
    /** `isOtherPortWorthTrying`: nothing speaks for this port being that of the board. */
    { isOtherPortWorthTrying, ...options }: { cause?: unknown; isOtherPortWorthTrying?: true } = {},
  ) {
    super(`${code}: ${sentence}`, action, { ...options, details: { code, sentence, action, ...(isOtherPortWorthTrying ? { isOtherPortWorthTrying } : {}) } });
  }
}
