/**
 * `npm run bench -- training [--only step,inference,networks,accumulation] [--batch 32,64] [--rounds N] [--threads N]`: this product against Keras
 * and PyTorch, where the Python of MOBILEFACENET_PYTHON (or python3) has them. Every contestant is a process of its own; one round
 * of each follows the other, so that a ratio compares what ran in the same minute.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createNetwork, networkNames } from '../../src/network/mobilefacenet';
import { networkSize } from '../../src/network/network-size';
import { Contestant, alternate, median, ratio, type Readiness } from './training/contestant';
import { serveOwnRounds, type OwnRounds } from './training/own-rounds';

type Row = Record<string, string | number>;
type Mode = OwnRounds['mode'];

const identities = 1000;
const python = process.env['MOBILEFACENET_PYTHON'] ?? 'python3';
const driverFolder = path.join('test', 'bench', 'training');
const sections = ['step', 'inference', 'networks', 'accumulation'] as const;
/** The first steps compile graphs and fill memory pools. */
const warmUpSteps = 2;
const inferenceBatches = [1, 32];
/** About as long a round as a training step is. */
const inferenceSteps = (batch: number): number => Math.max(1, Math.round(32 / batch));
const networksBatch = 32;
/** The paper's batch of 512 in pieces. */
const accumulation = { batch: 64, accumulate: 8 };

async function main(): Promise<void> {
  const worker = process.env['MOBILEFACENET_BENCH_WORKER'];
  if (worker !== undefined) return serveOwnRounds(JSON.parse(worker) as OwnRounds);
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: sections.join() }, batch: { type: 'string', default: '32,64' }, rounds: { type: 'string', default: '7' },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const chosen = values.only.split(',');
  const unknown = chosen.find((name) => !sections.some((section) => section === name));
  if (unknown !== undefined) throw new Error(`--only knows ${sections.join(', ')}, not ${unknown}`);
  const [rounds, threads] = [positive(values.rounds, '--rounds'), positive(values.threads, '--threads')];
  const rows: Row[] = [];
  if (chosen.includes('step')) for (const batch of values.batch.split(',')) rows.push(...(await compare('step', positive(batch, '--batch'), rounds, threads)));
  if (chosen.includes('inference')) for (const batch of inferenceBatches) rows.push(...(await compare('inference', batch, rounds, threads)));
  if (chosen.includes('networks')) rows.push(...(await compareNetworks(rounds, threads)));
  if (chosen.includes('accumulation')) rows.push(...(await compareAccumulation(rounds, threads)));
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes whole numbers from 1, not ${text}`);
  return value;
}

async function compare(mode: Mode, batch: number, rounds: number, threads: number): Promise<Row[]> {
  const all: Contestant[] = [];
  try {
    const enter = async (name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Readiness | undefined> => {
      const started = await Contestant.start(name, command, args, env);
      if (started) all.push(started.contestant);
      return started?.readiness;
    };
    const shared = ['--mode', mode, '--batch', String(batch), '--threads', String(threads), '--identities', String(identities)];
    const keras = await enter('Keras', python, [path.join(driverFolder, 'keras_rounds.py'), ...shared], {});
    // Threads that wait for work by spinning would slow every other contestant down.
    const passive = { OMP_WAIT_POLICY: 'passive' };
    for (const layout of ['nchw', 'channels_last']) {
      await enter(`PyTorch ${layout}`, python, [path.join(driverFolder, 'torch_rounds.py'), ...shared, '--layout', layout], passive);
    }
    const library = keras?.libraryFolder === undefined || process.env['TF_LIB_DIR'] !== undefined ? {} : { TF_LIB_DIR: keras.libraryFolder };
    for (const precision of mode === 'step' ? (['float32', 'bfloat16'] as const) : (['float32'] as const)) {
      await enterOwn(all, `ours ${precision}`, { mode, network: 'paper', precision, batch, identities, threads }, library);
    }
    await alternate(all, { warmUpSteps, rounds, steps: mode === 'step' ? 1 : inferenceSteps(batch) });
    return all.map((contestant) => ({ ...resultOf(contestant, mode, batch), ...ratiosOf(contestant, all) }));
  } finally {
    all.forEach((contestant) => contestant.close());
  }
}

async function enterOwn(all: Contestant[], name: string, rounds: OwnRounds, env: NodeJS.ProcessEnv): Promise<void> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('The bench does not know its own file');
  const started = await Contestant.start(name, process.execPath, [script], { ...env, MOBILEFACENET_BENCH_WORKER: JSON.stringify(rounds) });
  if (started) all.push(started.contestant);
}

function resultOf({ name, rounds }: Contestant, measured: string, batch: number): Row {
  const times = rounds.map((round) => round.ms);
  return {
    measured, contestant: name, batch, imagesPerSecond: rounded((batch / median(times)) * 1000, 1), best: rounded((batch / Math.min(...times)) * 1000, 1),
    cpuMsPerStep: rounded(median(rounds.map((round) => round.cpuMs)), 1), peakMb: Math.round(Math.max(...rounds.map((round) => round.peakMb))),
  };
}

/** How many times as fast as Keras, and as the faster of PyTorch's layouts; by wall clock and by processor time. */
function ratiosOf(contestant: Contestant, all: readonly Contestant[]): Row {
  const row: Row = {};
  const keras = all.find(({ name }) => name === 'Keras');
  const layouts = all.filter(({ name }) => name.startsWith('PyTorch'));
  const [torch] = [...layouts].sort((a, b) => median(a.rounds.map((round) => round.ms)) - median(b.rounds.map((round) => round.ms)));
  for (const [title, other] of [['Keras', keras], ['PyTorch', torch]] as const) {
    if (!other) continue;
    row[`x${title}`] = rounded(ratio(other, contestant, 'ms'), 2);
    row[`x${title}Cpu`] = rounded(ratio(other, contestant, 'cpuMs'), 2);
  }
  return row;
}

async function compareNetworks(rounds: number, threads: number): Promise<Row[]> {
  const all: Contestant[] = [];
  try {
    for (const network of networkNames) await enterOwn(all, network, { mode: 'step', network, precision: 'float32', batch: networksBatch, identities, threads }, {});
    await alternate(all, { warmUpSteps, rounds, steps: 1 });
    return all.map((contestant, i) => {
      const { macs, trainableParameters } = networkSize(createNetwork(networkNames[i] ?? 'paper'));
      return { ...resultOf(contestant, 'network', networksBatch), megaMacs: rounded(macs / 1e6, 1), parameters: trainableParameters };
    });
  } finally {
    all.forEach((contestant) => contestant.close());
  }
}

/** One batch an update against several, which is to take no more memory. */
async function compareAccumulation(rounds: number, threads: number): Promise<Row[]> {
  const all: Contestant[] = [];
  try {
    const { batch, accumulate } = accumulation;
    const training = { mode: 'step', network: 'paper', precision: 'float32', batch, identities, threads } as const;
    await enterOwn(all, 'one batch', training, {});
    await enterOwn(all, `${accumulate} batches`, { ...training, accumulate }, {});
    await alternate(all, { warmUpSteps: 1, rounds, steps: 1 });
    return all.map((contestant, i) => resultOf(contestant, 'accumulation', i === 0 ? batch : batch * accumulate));
  } finally {
    all.forEach((contestant) => contestant.close());
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
