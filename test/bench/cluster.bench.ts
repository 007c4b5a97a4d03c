/**
 * `npm run bench -- cluster [--only step,head,reduce] [--network paper] [--batch 32] [--people 68000] [--ranks 2] [--threads N] [--rounds N]`: a training step of
 * one process with N threads against one of several ranks that share the batch and the threads, in turn; the same with a head of very many people, which each
 * rank holds whole or the ranks share out, with and without sampling (Partial FC); and what messages and all-reduces of several sizes cost over 127.0.0.1,
 * with the line a + b * bytes through them.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { networkNames, type NetworkName } from '../../src/network/mobilefacenet';
import { freePorts } from '../../src/training/cluster/launch/local-cluster';
import { Contestant, median, type Round } from './training/contestant';
import { serveRankRounds, type RankRounds } from './training/rank-rounds';

type Row = Record<string, string | number>;

const identities = 1000;
const manyIdentities = 68_000;
const sampleRate = 0.1;
const sections = ['step', 'head', 'reduce'] as const;
const warmUpSteps = 2;
/** float32 of a bucket: up to that of 68,000 people with embeddings of 128. */
const bucketFloats = [1 << 10, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, manyIdentities * 128] as const;
const wantedOverhead = 0.15;
const variable = 'MOBILEFACENET_BENCH_RANK';

async function main(): Promise<void> {
  const worker = process.env[variable];
  if (worker !== undefined) return serveRankRounds(JSON.parse(worker) as RankRounds);
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: sections.join() }, network: { type: 'string', default: 'paper' }, batch: { type: 'string', default: '32' },
      people: { type: 'string', default: String(manyIdentities) }, ranks: { type: 'string', default: '2' }, threads: { type: 'string', default: String(availableParallelism()) }, rounds: { type: 'string', default: '7' },
    },
  });
  const chosen = values.only.split(',');
  const network = networkNames.find((name) => name === values.network);
  if (!network || chosen.some((name) => !sections.some((section) => section === name))) throw new Error(`--only knows ${sections.join(', ')}; --network ${networkNames.join(', ')}`);
  const [batch, ranks, threads, rounds, people] = [values.batch, values.ranks, values.threads, values.rounds, values.people].map(Number) as [number, number, number, number, number];
  const rows: Row[] = [];
  if (chosen.includes('step')) rows.push(...(await compareStep({ network, batch, ranks, threads, rounds, people })));
  if (chosen.includes('head')) rows.push(...(await compareHeads({ network, batch, ranks, threads, rounds, people })));
  if (chosen.includes('reduce')) for (const count of [2, 4]) rows.push(...(await measureReduction(count, rounds)));
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

/** The ranks of a cluster as one contestant: a round of it takes as long as that of its slowest rank. */
class ClusterContestant {
  readonly rounds: Round[] = [];

  private constructor(readonly name: string, private readonly ranks: readonly Contestant[]) {}

  static async start(name: string, ranks: number, threads: number, work: RankRounds['work']): Promise<ClusterContestant> {
    const ports = await freePorts(ranks);
    const started = await Promise.all(ports.map((_, rank) => {
      const options: RankRounds = { rank, ports, threads, work };
      return Contestant.start(`${name}, rank ${rank}`, process.execPath, [process.argv[1] ?? ''], { [variable]: JSON.stringify(options) });
    }));
    const contestants = started.map((one) => {
      if (!one) throw new Error(`${name} did not start`);
      return one.contestant;
    });
    return new ClusterContestant(name, contestants);
  }

  async round(steps: number): Promise<Round> {
    const all = await Promise.all(this.ranks.map((rank) => rank.round(steps)));
    const sum = (key: 'cpuMs' | 'peakMb'): number => all.reduce((total, round) => total + round[key], 0);
    return { ms: Math.max(...all.map(({ ms }) => ms)), cpuMs: sum('cpuMs'), peakMb: sum('peakMb') };
  }

  close(): void {
    for (const rank of this.ranks) rank.close();
  }
}

interface StepOptions {
  readonly network: NetworkName;
  readonly batch: number;
  readonly ranks: number;
  /** Of the one process, and of all ranks together. */
  readonly threads: number;
  readonly rounds: number;
  /** People of the heads that are compared. */
  readonly people: number;
}

async function compareStep(options: StepOptions): Promise<Row[]> {
  const { ranks } = options;
  const [alone, cluster] = await compareTrainings(options, [{ ranks: 1, people: identities, rate: 1 }, { ranks, people: identities, rate: 1 }]);
  const overhead = median(cluster?.rounds.map(({ ms }, i) => ms / (alone?.rounds[i]?.ms ?? NaN)) ?? []) - 1;
  return [
    ...[alone, cluster].flatMap((one) => (one ? [rowOf(one, options)] : [])),
    { what: 'overhead of several ranks', who: `${ranks} ranks`, overheadPercent: rounded(100 * overhead, 1), wanted: `below ${100 * wantedOverhead}`, reached: overhead < wantedOverhead ? 'yes' : 'no' },
  ];
}

/** What a head of very many people costs. */
async function compareHeads(options: StepOptions): Promise<Row[]> {
  const { ranks, people } = options;
  const variants = [
    { ranks: 1, people, rate: 1 }, { ranks, people, rate: 1 }, { ranks, people, rate: 1, shares: true }, { ranks: 1, people, rate: sampleRate }, { ranks, people, rate: sampleRate, shares: true },
  ];
  return (await compareTrainings(options, variants)).map((contestant) => rowOf(contestant, options));
}

interface Variant {
  readonly ranks: number;
  readonly people: number;
  /** Share of the people that a step compares with. */
  readonly rate: number;
  /** Whether the ranks share out the people; otherwise each holds all. */
  readonly shares?: boolean;
}

/** Rounds of all variants in turn. */
async function compareTrainings({ network, batch, threads, rounds }: StepOptions, variants: readonly Variant[]): Promise<ClusterContestant[]> {
  const contestants: ClusterContestant[] = [];
  try {
    for (const { ranks, people, rate, shares = false } of variants) {
      const each = Math.max(1, Math.floor(threads / ranks));
      const who = ranks === 1 ? '1 process' : `${ranks} ranks`;
      const head = `${rate === 1 ? '' : `${rate * 100} % of `}${shares ? 'its part of ' : ''}the head`;
      const training = { network, precision: 'float32' as const, batch, identities: people, sampleRate: rate, shares };
      contestants.push(await ClusterContestant.start(`${who}, ${each} ${each === 1 ? 'thread' : 'threads'} each, ${people} people, ${head}`, ranks, each, { kind: 'step', training }));
    }
    for (const contestant of contestants) await contestant.round(warmUpSteps);
    for (let round = 0; round < rounds; round++) {
      for (const contestant of contestants) contestant.rounds.push(await contestant.round(2));
      process.stderr.write(`Round ${round + 1} of ${rounds}: ${contestants.map(({ name, rounds: done }) => `${name} ${done.at(-1)?.ms.toFixed(0)} ms`).join('; ')}\n`);
    }
    return contestants;
  } finally {
    for (const contestant of contestants) contestant.close();
  }
}

function rowOf({ name, rounds }: ClusterContestant, { network, batch }: StepOptions): Row {
  const medianMs = median(rounds.map(({ ms }) => ms));
  return {
    what: `training step, ${network}, batch ${batch}`, who: name, medianMs: rounded(medianMs, 1), cpuMs: rounded(median(rounds.map(({ cpuMs }) => cpuMs)), 1),
    imagesPerSecond: rounded((batch * 1000) / medianMs, 1), peakMb: Math.round(Math.max(...rounds.map(({ peakMb }) => peakMb))),
  };
}

async function measureReduction(ranks: number, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  const points: { bytes: number; ms: number }[] = [];
  const measure = async (work: RankRounds['work'], steps: number): Promise<number> => {
    const cluster = await ClusterContestant.start(`${ranks} ranks`, ranks, 1, work);
    try {
      await cluster.round(warmUpSteps);
      for (let round = 0; round < rounds; round++) cluster.rounds.push(await cluster.round(steps));
      return median(cluster.rounds.map(({ ms }) => ms));
    } finally {
      cluster.close();
    }
  };
  rows.push({ what: 'message of rank 0', who: `${ranks} ranks`, medianMs: rounded(await measure({ kind: 'message' }, 50), 3) });
  for (const floats of bucketFloats) {
    const bytes = 4 * floats;
    const ms = await measure({ kind: 'reduce', floats }, bytes > 1 << 22 ? 3 : 20);
    points.push({ bytes, ms });
    rows.push({ what: 'all-reduce', who: `${ranks} ranks`, bytes, medianMs: rounded(ms, 3) });
    process.stderr.write(`All-reduce of ${bytes} bytes by ${ranks} ranks: ${ms.toFixed(2)} ms\n`);
  }
  const { a, b } = fitLine(points);
  rows.push({ what: 'all-reduce: a + b * bytes', who: `${ranks} ranks`, aMs: rounded(a, 2), bNsPerByte: rounded(b * 1e6, 3), megabytesPerSecond: Math.round(1 / (b * 1000)) });
  return rows;
}

/** The line with the least sum of squared relative errors, so that small buckets count as much as large ones. */
function fitLine(points: readonly { readonly bytes: number; readonly ms: number }[]): { a: number; b: number } {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const { bytes, ms } of points) {
    const weight = 1 / ms ** 2;
    w += weight;
    wx += weight * bytes;
    wy += weight * ms;
    wxx += weight * bytes ** 2;
    wxy += weight * bytes * ms;
  }
  const b = (w * wxy - wx * wy) / (w * wxx - wx ** 2);
  return { a: (wy - b * wx) / w, b };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

void main();
