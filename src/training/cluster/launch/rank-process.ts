import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { bundlePath } from '../../../base/product';
import type { RankEntry } from './cluster-file';
import { rankCommandName, rankReportSchema, type RankAssignment, type RankReport, type RankRequest } from './rank-messages';

/** What a rank's process tells. After `onEnd` nothing follows. */
export interface RankListener {
  onReport(report: RankReport): void;
  /** The process is gone, e.g. "ended by SIGKILL". */
  onEnd(why: string): void;
}

/** Where a rank's process is started, and how. Nothing given: on the machine of the launcher. */
export type RankPlace = Pick<RankEntry, 'ssh' | 'sshOptions' | 'command' | 'workingFolder'>;

/** Its last words are kept for messages. */
const stderrLimit = 4000;

/** The process of one rank, on this machine or at the other end of an ssh connection. */
export class RankProcess {
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private stderr = '';

  constructor(place: RankPlace, assignment: RankAssignment, listener: RankListener) {
    const { program, args } = commandLine(place);
    // In a process group of its own, so that Ctrl+C reaches the launcher alone.
    this.child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], ...(place.workingFolder !== undefined && place.ssh === undefined ? { cwd: place.workingFolder } : {}) });
    this.child.stdin?.on('error', () => undefined);
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr = (this.stderr + text.toString()).slice(-stderrLimit);
    });
    if (this.child.stdout) {
      createInterface({ input: this.child.stdout }).on('line', (line) => {
        const report = parseReport(line);
        if (report) listener.onReport(report);
      });
    }
    this.gone = new Promise((resolve) => {
      this.child.once('error', (error) => {
        listener.onEnd(error.message);
        resolve();
      });
      this.child.once('close', (code, signal) => {
        listener.onEnd(signal ? `ended by ${signal}` : `ended with exit code ${String(code)}`);
        resolve();
      });
    });
    this.write(assignment);
  }

  /** The last lines that it printed to stderr. */
  get lastWords(): string {
    return this.stderr.trim();
  }

  cancel(): void {
    this.write({ kind: 'cancel' });
  }

  /** Ends it if it has not ended by itself after `graceMs`. */
  async end(graceMs: number): Promise<void> {
    const kill = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.gone;
    clearTimeout(kill);
  }

  private write(line: RankAssignment | RankRequest): void {
    this.child.stdin?.write(`${JSON.stringify(line)}\n`);
  }
}

/** Program and arguments that start a rank. What ssh passes on goes through a shell there. */
export function commandLine({ ssh, sshOptions, command, workingFolder }: RankPlace): { program: string; args: string[] } {
  if (ssh === undefined) return { program: process.execPath, args: [bundlePath('cli.js'), rankCommandName] };
  const place = workingFolder === undefined ? '' : `cd ${quoted(workingFolder)} && `;
  const remote = `${place}exec ${command ?? 'mobilefacenet'} ${rankCommandName}`;
  return { program: 'ssh', args: ['-o', 'BatchMode=yes', '-o', 'ServerAliveInterval=15', ...(sshOptions ?? []), '--', ssh, remote] };
}

function quoted(text: string): string {
  return `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}

/** A rank's shell may greet on stdout before the rank reports. */
function parseReport(line: string): RankReport | undefined {
  try {
    return rankReportSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
