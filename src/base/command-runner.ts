import type { Command, CommanderError } from 'commander';
import { CancelledError, UserError, errorCode, errorText } from './user-error';
import type { CommandContext, CommandRunner } from './command';
import { createConsoleProgress } from './console-progress';
import { exitCodes } from './exit-codes';

/**
 * Gives commands one common behaviour: `--json` and `--verbose` anywhere, progress on stderr, the result on stdout,
 * one sentence for an expected failure, Ctrl+C as cancel, and the exit codes of the command line's contract.
 */
export function createCommandRunner(program: Command): CommandRunner {
  program.exitOverride((error: CommanderError) => {
    process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage);
  });
  return (command, action) => {
    command
      .option('--json', 'print the result as one JSON object on the last line of stdout')
      .option('--verbose', 'show stacks of unexpected errors')
      .exitOverride((error: CommanderError) => {
        process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage);
      })
      .action(async () => {
        const options = command.optsWithGlobals<Record<string, unknown>>();
        const json = options['json'] === true;
        const verbose = options['verbose'] === true;
        process.exit(await execute(command.args, options, { json, verbose }, action));
      });
  };
}

async function execute(
  args: readonly string[],
  options: Record<string, unknown>,
  output: { json: boolean; verbose: boolean },
  action: Parameters<CommandRunner>[1],
): Promise<number> {
  // Who started this process may be gone; what it is doing to a board or a disk still has to come to a good end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  const progress = createConsoleProgress(process.stderr);
  const abort = new AbortController();
  const cancel = (): void => {
    if (abort.signal.aborted) process.exit(exitCodes.cancelled);
    process.stderr.write('\nStopping… press Ctrl+C again to end at once.\n');
    abort.abort();
  };
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  const notice = (sentence: string): void => {
    progress.finish();
    process.stderr.write(`${sentence}\n`);
  };
  const context: CommandContext = { progress, notice, signal: abort.signal, verbose: output.verbose };
  try {
    const { result, text } = await action(args, options, context);
    progress.finish();
    await writeOut(output.json ? `${JSON.stringify(result)}\n` : `${text}\n`);
    return exitCodes.done;
  } catch (error) {
    progress.finish();
    const cancelled = error instanceof CancelledError || abort.signal.aborted;
    process.stderr.write(`${describeFailure(error, output.verbose)}\n`);
    if (output.json) await writeOut(`${JSON.stringify({ error: errorText(error), cancelled, ...detailsOf(error) })}\n`);
    return cancelled ? exitCodes.cancelled : exitCodes.failed;
  }
}

function detailsOf(error: unknown): Record<string, unknown> {
  if (error instanceof UserError) return { message: error.message, action: error.action, ...error.details };
  return error instanceof CancelledError ? { ...error.details } : {};
}

function ignoreBrokenPipe(error: Error): void {
  if (errorCode(error) !== 'EPIPE') throw error;
}

function describeFailure(error: unknown, verbose: boolean): string {
  if (error instanceof UserError || error instanceof CancelledError) {
    const stack = verbose && error.cause instanceof Error ? `\n${error.cause.stack ?? ''}` : '';
    return `${errorText(error)}${stack}`;
  }
  const detail = verbose && error instanceof Error ? (error.stack ?? error.message) : errorText(error);
  return verbose ? `Unexpected error: ${detail}` : `Unexpected error: ${detail} Run the command again with --verbose and report what it prints.`;
}

/** Waits until a pipe has taken the text, so that process.exit cannot cut it. */
function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
