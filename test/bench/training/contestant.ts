import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a contestant says before its first round. */
export interface Readiness {
  /** Library and version. */
  readonly ready: string;
  /** Folder of libtensorflow, when it uses one. */
  readonly libraryFolder?: string;
}

/** One round: per step, and the process's largest memory so far. */
export interface Round {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** A process that computes steps of one kind on request (see rounds.py for the protocol), so that rounds of several can alternate. */
export class Contestant {
  readonly rounds: Round[] = [];
  private readonly answers: AsyncIterator<string>;

  private constructor(readonly name: string, private readonly child: ChildProcess) {
    if (!child.stdout) throw new Error(`${name} has no output`);
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the process. Undefined, with a word on stderr, when it ends before it is ready: its library is not installed. */
  static async start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ contestant: Contestant; readiness: Readiness } | undefined> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
    child.on('error', (error) => (said = error.message));
    const contestant = new Contestant(name, child);
    const line = await contestant.nextLine();
    if (line !== undefined) return { contestant, readiness: JSON.parse(line) as Readiness };
    process.stderr.write(`${name} takes no part: ${said.trim().split('\n').at(-1) ?? ''}\n`);
    return undefined;
  }

  async round(steps: number): Promise<Round> {
    this.child.stdin?.write(`${JSON.stringify({ steps })}\n`);
    const line = await this.nextLine();
    if (line === undefined) throw new Error(`${this.name} ended in the middle of its round`);
    return JSON.parse(line) as Round;
  }

  close(): void {
    this.child.stdin?.end();
    this.child.kill();
  }

  private async nextLine(): Promise<string | undefined> {
    const { value, done } = await this.answers.next();
    return done ? undefined : value;
  }
}

/** One round of each after the other, again and again, so that a ratio compares what ran in the same minute. */
export async function alternate(all: readonly Contestant[], { warmUpSteps, rounds, steps }: { warmUpSteps: number; rounds: number; steps: number }): Promise<void> {
  for (const contestant of all) await contestant.round(warmUpSteps);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of all) contestant.rounds.push(await contestant.round(steps));
    process.stderr.write(`Round ${round + 1} of ${rounds}: ${all.map(({ name, rounds: done }) => `${name} ${done.at(-1)?.ms.toFixed(1)} ms`).join(', ')}\n`);
  }
}

/** Median of the contestant's rounds. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Median over the rounds of how many times `time` of `slower` is that of `faster` in the same round. */
export function ratio(slower: Contestant, faster: Contestant, time: 'ms' | 'cpuMs'): number {
  return median(slower.rounds.map((round, i) => round[time] / (faster.rounds[i]?.[time] ?? NaN)));
}
