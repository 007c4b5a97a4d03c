import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import type { ConvNode, DeviceGraph } from '../../../src/kmodel/compiler/device-graph';
import { lowerConv, storedMaps } from '../../../src/kmodel/compiler/lower-conv';
import { quantizationOf, type ChosenRange, type Quantization } from '../../../src/kmodel/compiler/quantization';
import { separateAdditions, viewOfLines, withWholeRatios } from '../../../src/kmodel/compiler/separate-additions';
import { KpuConvolutions } from '../../../src/kmodel/simulator/kpu-convolution';
import { kpuLineBytes, mapLines, readMap, writeMap } from '../../../src/kmodel/simulator/kpu-memory';
import type { ConvLayer } from '../../../src/kmodel/v3/program';

test('lines are read as the fewest channels whose rows fit', () => {
  assert.deepEqual(viewOfLines(14 * 32), { width: 64, height: 224, channels: 2 });
  assert.deepEqual(viewOfLines(28 * 32), { width: 64, height: 224, channels: 4 });
  assert.deepEqual(viewOfLines(7 * 32), { width: 64, height: 224, channels: 1 });
  assert.deepEqual(viewOfLines(257), undefined, 'a prime number of lines');
  assert.deepEqual(viewOfLines(3), undefined, 'too few');
});

function graphOf(side: number, channels: number): DeviceGraph {
  const output = { width: side, height: side, channels };
  const point = (name: string, input: string, inputs: number, residual?: string): ConvNode => ({
    kind: 'conv', name, input, kernelSize: 1, depthwise: false, stride: 1, phase: 'even', weights: new Float32Array(inputs * channels).fill(0.1), bias: new Float32Array(channels), activation: { kind: 'linear' },
    output, ...(residual === undefined ? {} : { residual }),
  });
  return { input: { width: side, height: side, channels: 3 }, normalization: { mean: 128, deviation: 128 }, nodes: [point('first', 'input', 3), point('sum', 'first', channels, 'first'), point('last', 'sum', channels)] };
}

const isAdded = (graph: DeviceGraph): ConvNode => graph.nodes.find((node): node is ConvNode => node.name === 'sum') as ConvNode;

test('an addition of lines gives bit by bit what the addition of each channel gives', () => {
  fc.assert(fc.property(fc.constantFrom(7, 8, 14, 28, 40), fc.constantFrom(4, 8, 12), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 1000 }), (side, channels, zeroA, zeroB, seed) => {
    const random = new SeededRandom(seed, 'addition');
    const graph = separateAdditions(graphOf(side, channels));
    const node = isAdded(graph);
    const lines = mapLines(side, side, channels);
    if (viewOfLines(lines) === undefined) return;
    assert.equal(node.input, 'sum/summand');
    const ranges: Record<string, Quantization> = { 'sum/summand': { scale: random.between(0.001, 0.1), zero: zeroA }, first: { scale: random.between(0.001, 0.1), zero: zeroB }, sum: quantizationOf(-6, 9) };
    const options = { weightBits: 8, quantizationOf: (name: string) => ranges[name] as Quantization } as const;
    const maps = storedMaps(graph, graph.nodes as ConvNode[]);
    const lineOf = (name: string): number => (name === 'sum' ? 2 * lines : 0);
    const [packed] = lowerConv(graph, node, maps, { ...options, lineOf, isPacked: true }) as [ConvLayer];
    const [view] = lowerConv(graph, node, maps, { ...options, lineOf }) as [ConvLayer];
    const bytes = Uint8Array.from({ length: 2 * side * side * channels }, () => random.below(256));
    const expected = new KpuConvolutions([{ layer: packed, name: 'packed' }]).run(packed, bytes);
    const memory = Uint8Array.from({ length: 2 * lines * kpuLineBytes }, () => random.below(256));
    const half = bytes.length / 2;
    writeMap(memory, { width: side, height: side, channels, line: 0 }, bytes.subarray(0, half));
    writeMap(memory, { width: side, height: side, channels, line: lines }, bytes.subarray(half));
    const sums = new KpuConvolutions([{ layer: view, name: 'view' }]).run(view, memory);
    assert.deepEqual(readMap(sums, { width: side, height: side, channels, line: 0 }), expected);
    assert.ok(view.weights.length < packed.weights.length);
  }), { numRuns: 40 });
});

test('additions stay in their convolution where the sum must be known channel by channel', () => {
  const graph = graphOf(14, 8);
  assert.deepEqual(separateAdditions(graph).nodes.map(({ name }) => name), ['first', 'sum/summand', 'sum', 'last']);
  const [first, sum, last] = graph.nodes as [ConvNode, ConvNode, ConvNode];
  assert.deepEqual(separateAdditions({ ...graph, nodes: [first, sum] }).nodes, [first, sum], 'the last map goes to main memory');
  const prelu = { ...sum, activation: { kind: 'prelu', slopes: new Float32Array(8).fill(0.1) } } as const;
  assert.deepEqual(separateAdditions({ ...graph, nodes: [first, prelu, last] }).nodes, [first, prelu, last]);
});

test('the scales of both summands have a ratio that weights hold exactly, and ranges only grow', () => {
  const graph = separateAdditions(graphOf(14, 8));
  fc.assert(fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.double({ min: 0.001, max: 1, noNaN: true }), (own, added) => {
    fc.pre(own / added < 100 && added / own < 100);
    const range = (scale: number): ChosenRange => ({ criterion: 'mse', quantization: { scale, zero: 100 } });
    const whole = withWholeRatios(graph, new Map([['sum/summand', range(own)], ['first', range(added)], ['sum', range(1)]]), 8);
    const { scale } = (whole.get('sum/summand') as ChosenRange).quantization;
    assert.ok(scale >= own * (1 - 1e-9));
    const larger = Math.max(scale, added);
    for (const weight of [scale, added].map((each) => (127 * each) / larger)) assert.ok(Math.abs(weight - Math.round(weight)) < 1e-6, String(weight));
    assert.equal(whole.get('first')?.quantization.scale, added);
  }));
});
