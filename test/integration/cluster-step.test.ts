/**
 * Ranks in processes of their own, which train a small network together over TensorFlow's collectives on 127.0.0.1. Each rank is this file, started
 * with its place in MOBILEFACENET_TEST_RANK.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import { CollectiveError } from '../../src/engine/collective-error';
import { openEngine } from '../../src/engine/open-engine';
import { elementCount } from '../../src/network/graph/graph-def';
import { initialWeight, initialWeights } from '../../src/network/weight-definitions';
import { partOfBatch } from '../../src/training/cluster/batch-part';
import { ClusterChannel } from '../../src/training/cluster/cluster-channel';
import { agreeOnWeights, hashWords } from '../../src/training/cluster/weight-agreement';
import { readWhole } from '../../src/training/cluster/whole-weights';
import { buildTrainGraph } from '../../src/training/graph/train-graph';
import { TrainingSession } from '../../src/training/graph/training-session';
import { createHead } from '../../src/training/heads/create-head';
import { headVariables } from '../../src/training/heads/head-weights';
import { identityShard } from '../../src/training/heads/identity-shard';
import { headSection } from '../../src/training/recipe/head-section';
import type { HeadKind } from '../../src/protocol/run';
import { smallNetwork, smallNetworkShape } from '../support/small-network';
import { engineMissing } from '../support/training-runs';
import { freePorts } from '../../src/training/cluster/launch/local-cluster';

const variable = 'MOBILEFACENET_TEST_RANK';
const { imageSize, embeddingLength } = smallNetworkShape;
const identities = 5;
const batch = 12;
const steps = 50;

interface Task {
  readonly rank: number;
  readonly ports: readonly number[];
  readonly norm: boolean;
  readonly accumulate: number;
  /** The head, which the ranks share out, and whether each step samples identities; absent: softmax, the same on every rank. */
  readonly shared?: { readonly head: HeadKind; readonly sampled: boolean };
  /** The step that this rank does not live to see. */
  readonly diesAt?: number;
  /** One bit of a weight of this rank is turned before the weights are compared. */
  readonly strays?: boolean;
}

interface Report {
  readonly sha256: string;
  readonly weights: Record<string, number[]>;
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  /** Loss and hits of the pictures after those that were trained on. */
  readonly validation: readonly number[];
  readonly broadcast: string;
}

/** Pictures of the global order from `position`. */
function pictures(position: number, count: number): { images: Float32Array; labels: Int32Array } {
  const length = imageSize * imageSize * 3;
  const images = new Float32Array(count * length);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const random = new SeededRandom(7, 'picture', position + i);
    labels[i] = random.below(identities);
    for (let j = 0; j < length; j++) images[i * length + j] = random.uniform() - 0.5 + 0.2 * (labels[i] ?? 0);
  }
  return { images, labels };
}

async function train({ rank, ports, norm, accumulate, shared, diesAt, strays }: Task): Promise<Report> {
  const ranks = ports.length;
  const alone = ranks === 1;
  const engine = await openEngine({
    kind: 'native', threads: { intraOp: 1, interOp: 1 },
    ...(alone ? {} : { cluster: { rank, addresses: ports.map((port) => `127.0.0.1:${port}`), listenOn: '127.0.0.1', acceptFrom: ['127.0.0.1'] } }),
  });
  const channel = alone ? undefined : new ClusterChannel(engine, { rank, ranks, timeoutSeconds: 20, startTimeoutSeconds: 60 }, hashWords);
  await channel?.meet();
  // Longer than one piece of 4 MiB.
  const long = Buffer.alloc(5_000_001, 'message');
  const broadcast = rank === 0 ? (await channel?.send(long), long) : await channel?.receive() ?? long;
  const spec = smallNetwork(norm);
  const part = partOfBatch(batch, ranks, rank);
  const head = createHead(headSection.parse({ kind: shared?.head ?? 'softmax' }), identities);
  const graph = buildTrainGraph({
    spec, head, identities, batch: part.count, weightDecay: 1e-3, headWeightDecay: 1e-3, accumulate, clipping: { globalClipnorm: 1 }, validates: true,
    optimizer: { kind: 'sgd', momentum: 0.9 }, cluster: alone ? undefined : { ranks, batch, part, timeoutSeconds: 20, instance: channel?.nextRun().instance ?? 0 },
    // All are drawn, so that the ranks do together what one does alone.
    ...(shared?.sampled ? { sampledIdentities: identities } : {}),
    ...(shared ? { labelSmoothing: 0.1, ...(alone ? {} : { shard: identityShard(identities, { ranks, rank }, { sampleRate: 0.9, batch }) }) } : {}),
  });
  const session = new TrainingSession(engine, graph, { batch: part.count, imageSize }, { beta1: 0, beta2: 0 });
  const values = initialWeights(spec, 3);
  for (const weight of headVariables(head, { embeddingLength, identities, sampled: shared?.sampled ? identities : undefined })) values.set(weight.name, initialWeight(weight, 3));
  for (const { name, shape } of graph.variables) if (graph.slotNames.includes(name)) values.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  await session.assign(values);
  const batchAt = (position: number): { images: Float32Array; labels: Int32Array } => ({
    ...pictures(position + part.offset, part.count), ...(shared ? { labels: pictures(position, batch).labels } : {}),
  });
  const losses: number[] = [];
  const gradientNorms: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (step === diesAt) process.kill(process.pid, 'SIGKILL');
    for (let micro = 0; micro < accumulate; micro++) {
      const inputs = { ...batchAt((step * accumulate + micro) * batch), learningRate: 0.05, margin: shared ? 0.2 : 0, update: step + 1, seed: [1, step] as const };
      const result = await session.train(inputs, { first: micro === 0, last: micro === accumulate - 1 });
      if (!result) continue;
      losses.push(result.loss);
      gradientNorms.push(result.gradientNorm);
    }
  }
  if (strays) {
    const bias = (await session.read(['conv/bias'])).get('conv/bias');
    assert.ok(bias);
    new Int32Array(bias.data.buffer)[2] = (new Int32Array(bias.data.buffer)[2] ?? 0) ^ 1;
    await session.assign(new Map([...await session.read(graph.variables.map(({ name }) => name)), ['conv/bias', bias]]));
  }
  const measured = await session.validate({ ...batchAt(steps * batch), margin: 0.2, seed: [1, steps] });
  const weights = channel ? await readWhole(session, channel) : await session.read(graph.variables.map(({ name }) => name));
  return {
    sha256: channel ? await agreeOnWeights(session, channel) : '',
    weights: Object.fromEntries([...weights].map(([name, { data }]) => [name, [...data]])), losses, gradientNorms,
    validation: [...measured.losses, ...measured.hits],
    broadcast: Buffer.from(broadcast).equals(long) ? 'whole' : 'damaged',
  };
}

const limitMs = 180_000;
const unansweredMs = 3000;

/** What a rank came to: its report, the sentence of its failure and whether it was lost to its cluster, or that it was killed. */
type Outcome = { readonly report: Report } | { readonly lost: boolean; readonly message: string; readonly afterMs: number } | 'killed';

async function runRank(task: Task): Promise<Outcome> {
  const child = fork(__filename, [], { env: { ...process.env, [variable]: JSON.stringify(task) }, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let outcome: Outcome = 'killed';
  child.on('message', (message: Outcome) => {
    outcome = message;
  });
  await once(child, 'close');
  clearTimeout(limit);
  return outcome;
}

async function together(ranks: number, task: Pick<Task, 'norm' | 'accumulate' | 'shared'>): Promise<Report[]> {
  const ports = await freePorts(ranks);
  const outcomes = await Promise.all(ports.map((_, rank) => runRank({ ...task, rank, ports })));
  return outcomes.map((outcome, rank) => {
    assert.ok(typeof outcome === 'object' && 'report' in outcome, `rank ${rank}: ${JSON.stringify(outcome)}`);
    return outcome.report;
  });
}

function largestDifference(a: Report, b: Report): number {
  return Math.max(...Object.entries(a.weights).flatMap(([name, values]) => values.map((value, i) => Math.abs(value - (b.weights[name]?.[i] ?? NaN)))));
}

function declareTests(): void {
  test('several ranks train as one does, without batch normalisation', { timeout: 3 * limitMs }, async (t) => {
    const missing = await engineMissing();
    if (missing !== undefined) return t.skip(missing);
    const [alone] = await together(1, { norm: false, accumulate: 1 });
    assert.ok(alone);
    for (const ranks of [2, 4]) {
      const reports = await together(ranks, { norm: false, accumulate: 1 });
      assert.equal(new Set(reports.map(({ sha256 }) => sha256)).size, 1);
      for (const report of reports) {
        assert.deepEqual(report.weights, reports[0]?.weights, 'the same bits on every rank');
        assert.deepEqual(report.losses, reports[0]?.losses);
        assert.equal(report.broadcast, 'whole');
        const difference = largestDifference(alone, report);
        assert.ok(difference <= 1e-5, `${ranks} ranks: ${difference}`);
        report.losses.forEach((loss, i) => assert.ok(Math.abs(loss - (alone.losses[i] ?? NaN)) < 1e-4, `loss of step ${i}`));
        report.gradientNorms.forEach((norm, i) => assert.ok(Math.abs(norm - (alone.gradientNorms[i] ?? NaN)) < 1e-3, `gradient of step ${i}`));
      }
      t.diagnostic(`${ranks} ranks differ from one by ${largestDifference(alone, reports[0] as Report)} after ${steps} steps`);
    }
    assert.ok((alone.losses.at(-1) ?? NaN) < 0.5 * (alone.losses[0] ?? NaN), 'it learned');
  });

  for (const [head, sampled, accumulate] of [['arcface', true, 1], ['arcface', false, 2], ['softmax', true, 1], ['adaface', false, 1], ['subcenter-arcface', true, 1], ['subcenter-arcface', false, 1]] as const) {
    const shared = { head, sampled };
    test(`ranks that each hold other identities train as one that holds all (${head}, ${sampled ? 'a table of rows' : `a matrix of columns, ${accumulate} micro-batches`})`, { timeout: 3 * limitMs }, async (t) => {
      const missing = await engineMissing();
      if (missing !== undefined) return t.skip(missing);
      const [alone] = await together(1, { norm: false, accumulate, shared });
      assert.ok(alone);
      for (const ranks of sampled && head === 'arcface' ? [2, 5] : [2]) {
        const reports = await together(ranks, { norm: false, accumulate, shared });
        const [leader] = reports;
        assert.ok(leader);
        for (const { sha256, losses, gradientNorms, validation } of reports) assert.deepEqual({ sha256, losses, gradientNorms, validation }, { sha256: leader.sha256, losses: leader.losses, gradientNorms: leader.gradientNorms, validation: leader.validation });
        assert.deepEqual(Object.entries(leader.weights).map(([name, { length }]) => [name, length]), Object.entries(alone.weights).map(([name, { length }]) => [name, length]));
        const difference = largestDifference(alone, leader);
        t.diagnostic(`${ranks} ranks differ from one by ${difference} after ${steps} steps`);
        assert.ok(difference <= 1e-5, `${ranks} ranks: ${difference}`);
        leader.losses.forEach((loss, i) => assert.ok(Math.abs(loss - (alone.losses[i] ?? NaN)) < 1e-4, `loss of step ${i}: ${loss} for ${alone.losses[i]}`));
        leader.gradientNorms.forEach((norm, i) => assert.ok(Math.abs(norm - (alone.gradientNorms[i] ?? NaN)) < 1e-3, `gradient of step ${i}`));
        assert.equal(alone.validation.length, 2 * batch);
        alone.validation.forEach((value, i) => assert.ok(Math.abs(value - (leader.validation[i] ?? NaN)) < 1e-4, `validation ${i}: ${leader.validation[i]} for ${value}`));
      }
      assert.ok((alone.losses.at(-1) ?? NaN) < 0.8 * (alone.losses[0] ?? NaN), `it learned: ${alone.losses[0]} to ${alone.losses.at(-1)}`);
    });
  }

  test('micro-batches are added up on each rank, and brought together once', { timeout: 2 * limitMs }, async (t) => {
    const missing = await engineMissing();
    if (missing !== undefined) return t.skip(missing);
    const [alone] = await together(1, { norm: false, accumulate: 3 });
    const reports = await together(2, { norm: false, accumulate: 3 });
    assert.ok(alone && reports[0] && reports[1]);
    assert.equal(reports[0].sha256, reports[1].sha256);
    assert.ok(largestDifference(alone, reports[0]) <= 1e-5, String(largestDifference(alone, reports[0])));
    reports[0].losses.forEach((loss, i) => assert.ok(Math.abs(loss - (alone.losses[i] ?? NaN)) < 1e-4, `loss of step ${i}`));
  });

  test('the moving statistics of batch normalisation are the means of all ranks', { timeout: 2 * limitMs }, async (t) => {
    const missing = await engineMissing();
    if (missing !== undefined) return t.skip(missing);
    const reports = await together(2, { norm: true, accumulate: 1 });
    assert.ok(reports[0] && reports[1]);
    assert.deepEqual(reports[0].weights, reports[1].weights);
    assert.ok((reports[0].weights['norm/moving_mean'] ?? []).some((value) => value !== 0));
  });

  test('a rank that dies ends the step of all others within a bounded time', { timeout: 2 * limitMs }, async (t) => {
    const missing = await engineMissing();
    if (missing !== undefined) return t.skip(missing);
    const ports = await freePorts(3);
    const outcomes = await Promise.all(ports.map((_, rank) => runRank({ rank, ports, norm: false, accumulate: 1, ...(rank === 1 ? { diesAt: 10 } : {}) })));
    assert.equal(outcomes[1], 'killed');
    for (const outcome of [outcomes[0], outcomes[2]]) {
      assert.ok(typeof outcome === 'object' && 'lost' in outcome && outcome.lost, JSON.stringify(outcome));
      t.diagnostic(`after ${outcome.afterMs.toFixed(0)} ms: ${outcome.message.split('\n')[1] ?? ''}`);
    }
  });

  test('a rank whose weights differ by a bit is named', { timeout: limitMs }, async (t) => {
    const missing = await engineMissing();
    if (missing !== undefined) return t.skip(missing);
    const ports = await freePorts(3);
    const outcomes = await Promise.all(ports.map((_, rank) => runRank({ rank, ports, norm: false, accumulate: 1, strays: rank === 2 })));
    for (const outcome of outcomes) {
      assert.ok(typeof outcome === 'object' && 'lost' in outcome && outcome.lost, JSON.stringify(outcome));
      assert.match(outcome.message, /The weights of rank 2 are no longer those of rank 0/);
    }
  });

  test('a rank takes connections at its own address only', { timeout: limitMs }, async (t) => {
    const missing = await engineMissing();
    if (missing !== undefined) return t.skip(missing);
    const [port = 0, other = 0] = await freePorts(2);
    const engine = await openEngine({
      kind: 'native', cluster: { rank: 0, addresses: [`127.0.0.1:${port}`, `127.0.0.1:${other}`], listenOn: '127.0.0.1', acceptFrom: ['127.0.0.1'] },
    });
    t.after(() => engine.close());
    assert.equal(await connects('127.0.0.1', port, limitMs), true);
    const others = ['127.0.0.2', '::1', ...Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []).map(({ address }) => address)];
    const asked = others.filter((candidate) => candidate !== '127.0.0.1' && !candidate.startsWith('fe80'));
    // What the filter drops is never answered.
    assert.deepEqual(await Promise.all(asked.map((address) => connects(address, port, unansweredMs))), asked.map(() => false), asked.join());
  });
}

function connects(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const answer = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.on('connect', () => answer(true)).on('timeout', () => answer(false)).on('error', () => answer(false));
  });
}

async function runAsRank(task: Task): Promise<void> {
  const startMs = performance.now();
  const outcome = await train(task).then(
    (report): Outcome => ({ report }),
    (error: unknown): Outcome => ({ lost: error instanceof CollectiveError, message: String(error), afterMs: performance.now() - startMs }),
  );
  process.send?.(outcome, () => process.exit());
}

const task = process.env[variable];
if (task === undefined) declareTests();
else void runAsRank(JSON.parse(task) as Task);
