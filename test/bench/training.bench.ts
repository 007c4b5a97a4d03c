import { SeededRandom } from '../../src/base/random';
import type { Engine } from '../../src/engine/engine';
import { openEngine } from '../../src/engine/open-engine';
import { createNetwork, networkNames, type NetworkName } from '../../src/network/mobilefacenet';
import { networkSize } from '../../src/network/network-size';
import { initialWeight, initialWeights } from '../../src/network/weight-definitions';
import { buildTrainGraph } from '../../src/training/graph/train-graph';
import { TrainingSession } from '../../src/training/graph/training-session';
import { arcFaceHead } from '../../src/training/heads/arcface';
import { headPrefix } from '../../src/training/heads/head-weights';

/** Training steps of the four networks with ArcFace over 1000 identities at batch 32, in alternating rounds. */
const batch = 32;
const identities = 1000;
const rounds = 7;

interface Contestant {
  readonly name: NetworkName;
  readonly session: TrainingSession;
  readonly stepMs: number[];
  readonly cpuMs: number[];
}

async function open(engine: Engine, name: NetworkName): Promise<Contestant> {
  const spec = createNetwork(name);
  const head = arcFaceHead(64);
  const graph = buildTrainGraph({ spec, head, identities, batch, optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 4e-5, headWeightDecay: 4e-4 });
  const values = initialWeights(spec, 1);
  for (const weight of head.weights(spec.embeddingLength, identities)) values.set(headPrefix + weight.name, initialWeight({ ...weight, name: headPrefix + weight.name }, 1));
  for (const { name: variable, shape } of graph.variables) {
    if (graph.slotNames.includes(variable)) values.set(variable, { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) });
  }
  const session = new TrainingSession(engine, graph, { batch, imageSize: 112 }, { beta1: 0, beta2: 0 });
  await session.assign(values);
  return { name, session, stepMs: [], cpuMs: [] };
}

async function run(): Promise<void> {
  const engine = await openEngine({ kind: 'native' });
  const random = new SeededRandom(1, 'images');
  const images = Float32Array.from({ length: batch * 112 * 112 * 3 }, () => random.normal());
  const labels = Int32Array.from({ length: batch }, () => random.below(identities));
  const contestants: Contestant[] = [];
  for (const name of networkNames) contestants.push(await open(engine, name));
  for (let round = -1; round < rounds; round++) {
    for (const { session, stepMs, cpuMs } of contestants) {
      const startMs = performance.now();
      const startCpu = process.cpuUsage();
      await session.step({ images, labels, learningRate: 1e-3, margin: 0.5, update: 1, seed: [1, round + 1] });
      const cpu = process.cpuUsage(startCpu);
      // The first round compiles and is not counted.
      if (round >= 0) {
        stepMs.push(performance.now() - startMs);
        cpuMs.push((cpu.user + cpu.system) / 1000);
      }
    }
  }
  const rows = contestants.map(({ name, stepMs, cpuMs }) => {
    const { macs, trainableParameters } = networkSize(createNetwork(name));
    return {
      network: name, megaMacs: Math.round(macs / 1e5) / 10, parameters: trainableParameters, batch,
      imagesPerSecond: Math.round((batch / median(stepMs)) * 10_000) / 10, best: Math.round((batch / Math.min(...stepMs)) * 10_000) / 10, cpuMsPerStep: Math.round(median(cpuMs)),
    };
  });
  contestants.forEach(({ session }) => session.close());
  engine.close();
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

void run();
