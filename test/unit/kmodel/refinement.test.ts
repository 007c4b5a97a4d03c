import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { checkCpuRuns, compile } from '../../../src/kmodel/compiler/compile';
import { correctBiases } from '../../../src/kmodel/compiler/correct-biases';
import type { DeviceGraph } from '../../../src/kmodel/compiler/device-graph';
import { equalize } from '../../../src/kmodel/compiler/equalize';
import { StatisticsCollector } from '../../../src/kmodel/compiler/output-statistics';
import { chooseRange, quantizationOf, rangeCriteria, type Quantization } from '../../../src/kmodel/compiler/quantization';
import { planarPicture } from '../../../src/kmodel/simulator/picture-input';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import { floatForward } from '../../support/kmodel/float-forward';

const size = 16;
const weightBits = 8;

/** Convolutions whose channels have ranges far apart, as a trained batch normalisation can leave them. */
function unevenNetwork(): DeviceGraph {
  const random = new SeededRandom(2, 'uneven');
  const values = (count: number, deviation: (i: number) => number): Float32Array => Float32Array.from({ length: count }, (_, i) => random.normal() * deviation(i));
  const channels = 16;
  const range = (channel: number): number => 4 ** (channel % 5) / 32;
  const half = { width: size / 2, height: size / 2, channels };
  const activation = { kind: 'leakyRelu', slope: 0.25 } as const;
  const pixels = half.width * half.height;
  return {
    input: { width: size, height: size, channels: 3 }, normalization: { mean: 127.5, deviation: 128 },
    nodes: [
      { kind: 'conv', name: 'stem', input: 'input', kernelSize: 3, depthwise: false, stride: 2, phase: 'even', weights: values(channels * 27, (i) => range(Math.floor(i / 27)) / 3), bias: values(channels, range), activation, output: half },
      { kind: 'conv', name: 'own', input: 'stem', kernelSize: 3, depthwise: true, stride: 1, phase: 'even', weights: values(channels * 9, (i) => 0.3 / range(Math.floor(i / 9))), bias: values(channels, () => 0.2), activation, output: half },
      { kind: 'conv', name: 'point', input: 'own', kernelSize: 1, depthwise: false, stride: 1, phase: 'even', weights: values(channels * channels, () => 0.25), bias: values(channels, () => 0.2), activation, output: half },
      { kind: 'globalDepthwise', name: 'global', input: 'point', weights: values(channels * pixels, () => 1 / 8), bias: values(channels, () => 0.1), output: { width: 1, height: 1, channels } },
      { kind: 'dense', name: 'embedding', input: 'global', weights: values(channels * 12, () => 0.25), bias: values(12, () => 0.1), output: { width: 1, height: 1, channels: 12 } },
    ],
  };
}

function pictures(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, picture) => {
    const random = new SeededRandom(picture, 'pictures');
    return Uint8Array.from({ length: size * size * 3 }, () => random.below(256));
  });
}

/** [height][width][channels] of planes, as an engine gives them. */
function channelsLast(planes: Float64Array, channels: number): Float32Array {
  const pixels = planes.length / channels;
  return Float32Array.from({ length: planes.length }, (_, i) => planes[(i % channels) * pixels + Math.floor(i / channels)] as number);
}

function statisticsOf(graph: DeviceGraph, faces: readonly Uint8Array[]): Map<string, ReturnType<StatisticsCollector['finish']>> {
  const collectors = new Map(graph.nodes.map(({ name, output: { channels } }) => [name, new StatisticsCollector(name, channels)]));
  for (const face of faces) {
    const outputs = floatForward(graph, face);
    for (const { name, output } of graph.nodes) collectors.get(name)?.add(channelsLast(outputs.get(name) as Float64Array, output.channels));
  }
  return new Map([...collectors].map(([name, collector]) => [name, collector.finish()]));
}

type Statistics = ReturnType<typeof statisticsOf>;

function quantizationsOf(statistics: Statistics): Map<string, Quantization> {
  return new Map([...statistics].map(([name, { minimum, maximum }]) => [name, quantizationOf(minimum, maximum)]));
}

/** Noise power over signal power of the embedding, and means of each convolution's channels in real numbers, on the simulated chip. */
function simulate(graph: DeviceGraph, quantization: ReadonlyMap<string, Quantization>, faces: readonly Uint8Array[], reference: DeviceGraph): { noise: number; means: Map<string, number[]> } {
  const { program, origins } = compile(graph, quantization, { weightBits, output: 'raw', globalDepthwise: 'auto', largestOutput: 1 });
  const simulator = new Simulator(program, 'test');
  const means = new Map<string, number[]>();
  let [noise, signal] = [0, 0];
  for (const face of faces) {
    const [output] = simulator.run(planarPicture(face, 3), (index, bytes) => {
      const { name = '', channels } = origins[index] ?? {};
      const range = quantization.get(name);
      if (!channels || !range || !(bytes instanceof Uint8Array)) return;
      const pixels = bytes.length / channels.count;
      const sums = means.get(name) ?? new Array<number>(channels.count).fill(0);
      bytes.forEach((byte, i) => (sums[Math.floor(i / pixels)] = (sums[Math.floor(i / pixels)] ?? 0) + (range.scale * (byte - range.zero)) / pixels / faces.length));
      means.set(name, sums);
    });
    const seen = new Float32Array((output as Uint8Array).slice().buffer);
    const expected = floatForward(reference, face).get('embedding') as Float64Array;
    expected.forEach((value, i) => {
      noise += (value - (seen[i] as number)) ** 2;
      signal += value ** 2;
    });
  }
  return { noise: noise / signal, means };
}

test('channels of the same range leave less noise, and the network stays the same', () => {
  const graph = unevenNetwork();
  const faces = pictures(6);
  const plain = { graph, statistics: statisticsOf(graph, faces) };
  const equal = equalize(plain, weightBits);
  const before = simulate(graph, quantizationsOf(plain.statistics), faces, graph);
  const after = simulate(equal.graph, quantizationsOf(statisticsOf(equal.graph, faces)), faces, graph);
  assert.ok(after.noise < before.noise / 4, `${after.noise} against ${before.noise}`);
  const { maximum } = equal.statistics.get('stem')?.channels ?? { maximum: new Float32Array() };
  assert.ok(Math.max(...maximum) < 8 * Math.min(...maximum), [...maximum].join());
});

test('a corrected bias brings the means of all channels back to those of the floats', () => {
  const graph = unevenNetwork();
  const faces = pictures(6);
  const statistics = statisticsOf(graph, faces);
  const quantization = quantizationsOf(statistics);
  const pixels = Float32Array.from([0, 1, 2], (colour) => faces.reduce((sum, face) => sum + face.reduce((s, value, i) => (i % 3 === colour ? s + (value - 127.5) / 128 : s), 0), 0) / (faces.length * size * size));
  const { graph: corrected } = correctBiases(graph, { weightBits, quantizationOf: (name) => quantization.get(name) ?? { scale: 1, zero: 0 } }, {
    pictures: faces.map((face) => planarPicture(face, 3)), floatMeans: (name) => (name === 'input' ? pixels : (statistics.get(name)?.channels.mean ?? new Float32Array())),
  }, new AbortController().signal);
  const meanError = (means: Map<string, number[]>, name: string): number =>
    (means.get(name) ?? []).reduce((sum, value, channel) => sum + (value - (statistics.get(name)?.channels.mean[channel] ?? NaN)) ** 2, 0);
  const before = simulate(graph, quantization, faces, graph);
  const after = simulate(corrected, quantization, faces, graph);
  for (const name of ['own', 'point']) assert.ok(meanError(after.means, name) < 0.5 * meanError(before.means, name), `${name}: ${meanError(after.means, name)} against ${meanError(before.means, name)}`);
  assert.ok(after.noise < before.noise);
  assert.throws(() => correctBiases(graph, { weightBits, quantizationOf: () => ({ scale: 1, zero: 0 }) }, { pictures: [], floatMeans: () => new Float32Array(16) }, AbortSignal.abort()), /cancel/i);
});

test('the automatic range is no worse on other values than each criterion', () => {
  const random = new SeededRandom(9, 'samples');
  for (const outliers of [0, 3, 300]) {
    const samples = Float32Array.from({ length: 20_000 }, (_, i) => random.normal() * (i < outliers ? 30 : 1));
    const statistics = { minimum: Math.min(...samples), maximum: Math.max(...samples), samples };
    const error = ({ scale, zero }: Quantization): number => samples.reduce((sum, value) => sum + (value - scale * (Math.min(255, Math.max(0, Math.round(value / scale) + zero)) - zero)) ** 2, 0);
    const chosen = error(chooseRange(statistics, 'auto').quantization);
    for (const criterion of rangeCriteria) assert.ok(chosen <= 1.2 * error(chooseRange(statistics, criterion).quantization), `${criterion} with ${outliers} outliers`);
  }
});

test('values that are not finite name their layer, and a long run on the processor its end', () => {
  const collector = new StatisticsCollector('broken', 2);
  collector.add(Float32Array.of(1, NaN, 2, 3));
  assert.throws(() => collector.finish(), (error) => error instanceof UserError && error.message.includes('Layer broken'));
  const layers = (count: number): { kind: 'dequantize' }[] => Array.from({ length: count }, () => ({ kind: 'dequantize' }));
  const origins = Array.from({ length: 40 }, (_, i) => ({ name: `layer ${i}` }));
  checkCpuRuns(layers(24), origins);
  assert.throws(() => checkCpuRuns(layers(25), origins), (error) => error instanceof UserError && error.message.includes('layer 24'));
});
