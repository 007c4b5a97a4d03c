import { startCli } from '../cli';

export interface EmulatedBoard {
  /** What it said so far. */
  log(): string;
  /** Ctrl+C; resolves with the exit code when its flash is saved. */
  stop(): Promise<number | null>;
  /** Pulls it away, as a cable. */
  kill(): void;
}

/** Starts `board emulate` in a process of its own and waits until its port is there. */
export async function startEmulatedBoard(args: readonly string[]): Promise<EmulatedBoard> {
  const child = startCli(['board', 'emulate', ...args]);
  let log = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (/ is on \S+/u.test(log)) resolve();
    });
    void ended.then((code) => reject(new Error(`board emulate ended with code ${code}: ${log}`)));
  });
  return {
    log: () => log,
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
    kill: () => child.kill('SIGKILL'),
  };
}
