/**
 * `npm run bench -- heads [--identities N] [--rate R,...] [--batch N] [--rounds N] [--steps N] [--threads N]`: what many identities cost a
 * training step, in time and memory: ArcFace over all of them, and over a sample of them (Partial FC). The network is small, so that the
 * head dominates; what it takes alone, under a head for a hundred, is in the table as well. Each case is a process of its own, and one
 * round of each follows the other.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Contestant, alternate, median, ratio } from './training/contestant';
import { serveHeadRounds, type HeadRounds } from './training/head-rounds';

const workerVariable = 'MOBILEFACENET_BENCH_HEAD_WORKER';
/** A head of next to no cost. */
const fewIdentities = 100;
/** The first steps compile graphs and fill memory pools. */
const warmUpSteps = 2;

async function main(): Promise<void> {
  const worker = process.env[workerVariable];
  if (worker !== undefined) return serveHeadRounds(JSON.parse(worker) as HeadRounds);
  const { values } = parseArgs({
    options: {
      identities: { type: 'string', default: '68000' }, rate: { type: 'string', default: '1,0.1' }, batch: { type: 'string', default: '32' },
      rounds: { type: 'string', default: '7' }, steps: { type: 'string', default: '5' }, threads: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const whole = (name: 'identities' | 'batch' | 'rounds' | 'steps' | 'threads'): number => wholeNumber(values[name], `--${name}`);
  const [identities, batch, threads] = [whole('identities'), whole('batch'), whole('threads')];
  const rates = values.rate.split(',').map((text) => share(text, '--rate'));
  const cases = [{ identities: fewIdentities, sampleRate: 1 }, ...rates.map((sampleRate) => ({ identities, sampleRate }))];
  const all: Contestant[] = [];
  try {
    for (const { identities: count, sampleRate } of cases) {
      all.push(await enter(`${count} identities${sampleRate < 1 ? `, ${Number((sampleRate * 100).toPrecision(4))} % a step` : ''}`, { identities: count, sampleRate, batch, threads }));
    }
    await alternate(all, { warmUpSteps, rounds: whole('rounds'), steps: whole('steps') });
    process.stdout.write(`${JSON.stringify(all.map((contestant, i) => row(contestant, cases[i]?.sampleRate ?? 1, all)))}\n`);
  } finally {
    all.forEach((contestant) => contestant.close());
  }
}

function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes a whole number from 1, not ${text}`);
  return value;
}

function share(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new Error(`${option} takes numbers above 0 and up to 1, not ${text}`);
  return value;
}

async function enter(name: string, rounds: HeadRounds): Promise<Contestant> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('The bench does not know its own file');
  const started = await Contestant.start(name, process.execPath, [script], { [workerVariable]: JSON.stringify(rounds) });
  if (!started) throw new Error(`${name} could not be measured`);
  return started.contestant;
}

/** `headMb` and `headMs` are what is above the network alone, which is the first of all; `timesAsFast` is against the first rate. */
function row(contestant: Contestant, sampleRate: number, all: readonly Contestant[]): Record<string, string | number> {
  const [alone = contestant] = all;
  const peakMb = (of: Contestant): number => Math.max(...of.rounds.map((round) => round.peakMb));
  const ms = (of: Contestant): number => median(of.rounds.map((round) => round.ms));
  // Alone, then one case per rate.
  const full = sampleRate < 1 ? all[1] : undefined;
  return {
    case: contestant.name, msPerStep: rounded(ms(contestant)), headMs: rounded(ms(contestant) - ms(alone)),
    cpuMsPerStep: rounded(median(contestant.rounds.map((round) => round.cpuMs))), peakMb: Math.round(peakMb(contestant)), headMb: Math.round(peakMb(contestant) - peakMb(alone)),
    ...(full && full !== contestant ? { timesAsFast: rounded(ratio(full, contestant, 'ms')) } : {}),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
