import type { Command } from 'commander';
import type { ProgressReporter } from './progress';

/** What the command line hands to each command. */
export interface CommandContext {
  readonly progress: ProgressReporter;
  /** Tells something that the user should know at once, as a line of its own on stderr. */
  notice(sentence: string): void;
  /** Aborted by Ctrl+C; a second Ctrl+C ends the process. */
  readonly signal: AbortSignal;
  readonly verbose: boolean;
}

/** A command's outcome: `result` becomes the JSON object of `--json`, `text` the readable output without it. */
export interface CommandResult {
  readonly result: Record<string, unknown>;
  readonly text: string;
}

/** Registers an action that gets its parsed arguments, its options and the context. Given to each stage by `cli.ts`. */
export type CommandRunner = (
  command: Command,
  action: (args: readonly string[], options: Record<string, unknown>, context: CommandContext) => Promise<CommandResult>,
) => void;
