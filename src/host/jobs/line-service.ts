import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { spawnJob, type JobCommand } from './job-process';

export interface LineServiceListener {
  /** Each line of the service's standard output. */
  readonly onLine: (line: string) => void;
  /** It ended, asked for or not. @param lastError last line that it wrote to stderr */
  readonly onEnd: (lastError: string) => void;
}

/** A job that goes on answering lines until its input ends. */
export class LineService {
  private readonly child: ChildProcessWithoutNullStreams;
  private hasEnded = false;

  constructor(command: JobCommand, { onLine, onEnd }: LineServiceListener) {
    this.child = spawnJob(command, ['pipe', 'pipe', 'pipe']);
    let lastError = '';
    const end = (why: string): void => {
      if (this.hasEnded) return;
      this.hasEnded = true;
      onEnd(why);
    };
    createInterface({ input: this.child.stdout }).on('line', onLine);
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      if (line.trim() !== '') lastError = line.trim();
    });
    // A service that has just ended cannot be told anything; its end is reported by "close".
    this.child.stdin.on('error', () => undefined);
    this.child.on('error', (error) => end(error.message));
    this.child.on('close', () => end(lastError));
  }

  send(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Lets it end what it does. */
  finish(): void {
    this.child.stdin.end();
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
