import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { allocateLines, type LineBlock } from '../../../src/kmodel/compiler/allocate-lines';
import { convLayer } from '../../../src/kmodel/compiler/conv-layer';
import type { Activation } from '../../../src/kmodel/compiler/device-graph';
import { encodeConv } from '../../../src/kmodel/compiler/encode-conv';
import { importNetwork } from '../../../src/kmodel/compiler/import-network';
import { channelFirstKernel, channelsLastKernel, depthwiseKernel, transposed, turnedKernels } from '../../../src/kmodel/compiler/kernel-layout';
import { chooseQuantization, quantizationOf } from '../../../src/kmodel/compiler/quantization';
import { turnForStride } from '../../../src/kmodel/compiler/turn-for-stride';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import { activationNames, createNetwork, networkNames } from '../../../src/network/mobilefacenet';
import type { Layer, NetworkSpec } from '../../../src/network/network-spec';
import { initialWeights } from '../../../src/network/weight-definitions';

test('parts that live at the same time never share a line, blocks stay together, and nothing leaves the memory', () => {
  const part = fc.record({ lines: fc.integer({ min: 1, max: 400 }), firstStep: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 0, max: 8 }) });
  fc.assert(fc.property(fc.array(fc.array(part, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 25 }), (wishes) => {
    const blocks: LineBlock[] = wishes.map((parts, b) => parts.map(({ lines, firstStep, length }, p) => ({ name: `${b}.${p}`, lines, firstStep, lastStep: firstStep + length })));
    const lines = allocateLines(blocks);
    const all = blocks.flat().map((each) => ({ ...each, line: lines.get(each.name) ?? NaN }));
    for (const a of all) {
      assert.ok(a.line >= 0 && a.line + a.lines <= 32_768);
      for (const b of all) {
        if (a.name === b.name || a.firstStep > b.lastStep || b.firstStep > a.lastStep) continue;
        assert.ok(a.line + a.lines <= b.line || b.line + b.lines <= a.line, `${a.name} and ${b.name}`);
      }
    }
    for (const block of blocks) {
      if (block.length === 2) assert.equal(lines.get(block[1]?.name ?? ''), (lines.get(block[0]?.name ?? '') ?? NaN) + (block[0]?.lines ?? NaN));
    }
  }), { numRuns: 100 });
});

test('memory is used again when what was there is no longer read', () => {
  const chain = Array.from({ length: 50 }, (_, i): LineBlock => [{ name: `m${i}`, lines: 10_000, firstStep: i, lastStep: i + 1 }]);
  assert.ok(Math.max(...allocateLines(chain).values()) <= 20_000);
  assert.throws(() => allocateLines([[{ name: 'big', lines: 40_000, firstStep: 0, lastStep: 1 }]]), (error) => error instanceof UserError && /Layer big needs/.test(error.message));
});

test('kernel layouts are each other\'s inverse and find the right weight', () => {
  const kernel = Float32Array.from({ length: 3 * 3 * 2 * 4 }, (_, i) => i);
  const first = channelFirstKernel(kernel, 3, 4);
  // [ky][kx][in][out] = [1][2][1][3] stands at [out][in][ky][kx]
  assert.equal(first[((3 * 2 + 1) * 3 + 1) * 3 + 2], kernel[((1 * 3 + 2) * 2 + 1) * 4 + 3]);
  assert.deepEqual(channelsLastKernel(first, 9, 4), kernel);
  assert.deepEqual([...depthwiseKernel(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), 2, 2)], [0, 2, 4, 6, 1, 3, 5, 7]);
  assert.deepEqual([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2)], [1, 3, 5, 2, 4, 6]);
  assert.deepEqual([...turnedKernels(Float32Array.of(1, 2, 3, 4, 5, 6), 3)], [3, 2, 1, 6, 5, 4]);
});

test('a range holds zero exactly, and the least-error range is not worse than the whole one', () => {
  const { scale, zero } = quantizationOf(-1, 1.55);
  assert.ok(Math.abs(scale - 0.01) < 1e-9);
  assert.equal(zero, 100);
  assert.equal(quantizationOf(0.5, 2).zero, 0);
  const random = new SeededRandom(3, 'samples');
  const samples = Float32Array.from({ length: 20_000 }, () => random.normal());
  const statistics = { samples, minimum: Math.min(...samples), maximum: Math.max(...samples) };
  const error = (range: { scale: number; zero: number }): number =>
    samples.reduce((sum, value) => sum + (value - range.scale * (Math.min(255, Math.max(0, Math.round(value / range.scale) + range.zero)) - range.zero)) ** 2, 0);
  assert.ok(error(chooseQuantization(statistics, 'mse')) <= error(chooseQuantization(statistics, 'minmax')));
  const outlier = { ...statistics, maximum: 20 * statistics.maximum };
  assert.ok(error(chooseQuantization(outlier, 'mse')) < 0.5 * error(chooseQuantization(outlier, 'minmax')));
});

/** Five different ones for the eight outputs below: as many as a table holds, with flat and steep ends. */
const preluSlopes = Float32Array.of(0.25, 0, 1, 0.25, 0.01, 0.6, 0.01, 1);
const activations: Record<string, { readonly activation: Activation; readonly apply: (x: number, row: number) => number }> = {
  linear: { activation: { kind: 'linear' }, apply: (x) => x },
  leaky: { activation: { kind: 'leakyRelu', slope: 0.3 }, apply: (x) => (x < 0 ? 0.3 * x : x) },
  relu: { activation: { kind: 'relu' }, apply: (x) => Math.max(0, x) },
  relu6: { activation: { kind: 'relu', maxValue: 6 }, apply: (x) => Math.min(6, Math.max(0, x)) },
  prelu: { activation: { kind: 'prelu', slopes: preluSlopes }, apply: (x, row) => (x < 0 ? (preluSlopes[row] as number) * x : x) },
};

/** A 1x1 convolution in floats, and through encoder and simulator. @returns largest difference in steps of the output */
function largestError(kind: string, weightBits: 8 | 16, residual: boolean): number {
  const random = new SeededRandom(weightBits, kind, String(residual));
  const [size, own, outputs] = [8, 12, 8];
  const { activation, apply } = activations[kind] as (typeof activations)[string];
  const columns = own + (residual ? outputs : 0);
  const input = { scale: 0.02, zero: 90 };
  const added = { scale: 0.05, zero: 130 };
  const weights = Float32Array.from({ length: outputs * columns }, (_, i) => (i % columns < own ? random.normal() * 0.2 : i % columns === own + Math.floor(i / columns) ? 1 : 0));
  const bias = Float32Array.from({ length: outputs }, () => random.normal() * 0.3);
  const bytes = Uint8Array.from({ length: columns * size * size }, () => random.below(256));
  const real = (column: number, pixel: number): number => {
    const { scale, zero } = column < own ? input : added;
    return scale * ((bytes[column * size * size + pixel] as number) - zero);
  };
  const expected = Float32Array.from({ length: outputs * size * size }, (_, i) => {
    const [row, pixel] = [Math.floor(i / (size * size)), i % (size * size)];
    return apply((bias[row] as number) + Array.from({ length: columns }, (_unused, column) => (weights[row * columns + column] as number) * real(column, pixel)).reduce((a, b) => a + b, 0), row);
  });
  const output = quantizationOf(Math.min(...expected), Math.max(...expected));
  const encoded = encodeConv({ weights, bias, input, output, activation, weightBits, ...(residual ? { columnInput: (column: number) => (column < own ? input : added) } : {}) });
  const layer = convLayer({
    name: 'test', input: { width: size, height: size, channels: columns }, inputLine: 0, outputChannels: outputs, outputLine: 1000, kernelSize: 1, depthwise: false, poolType: 0,
    inputZero: input.zero, weightBits, mainMemoryOutput: 0,
  }, encoded);
  const [result] = new Simulator({ weightBits, firstKpuLine: 0, mainMemoryBytes: 512, outputs: [{ addressBytes: 0, sizeBytes: 512 }], layers: [layer] }, 'test').run(bytes);
  return (result as Uint8Array).reduce((most, byte, i) => Math.max(most, Math.abs(byte - output.zero - (expected[i] as number) / output.scale)), 0);
}

test('every activation comes out of the integer arithmetic within rounding of the weights', () => {
  for (const kind of Object.keys(activations)) {
    assert.ok(largestError(kind, 16, false) < 0.6, `${kind}, 16 bits: ${largestError(kind, 16, false)}`);
    assert.ok(largestError(kind, 8, false) < 1.5, `${kind}, 8 bits: ${largestError(kind, 8, false)}`);
  }
});

test('an addition joined to the convolution adds a map of another scale and zero point', () => {
  assert.ok(largestError('linear', 16, true) < 0.6, `16 bits: ${largestError('linear', 16, true)}`);
  assert.ok(largestError('leaky', 8, true) < 3, `8 bits: ${largestError('leaky', 8, true)}`);
});

function imported(spec: NetworkSpec): ReturnType<typeof importNetwork> {
  return importNetwork(spec, initialWeights(spec, 1));
}

test('the K210 networks become convolutions, one global depthwise convolution and dense layers', () => {
  const graph = imported(createNetwork('k210-full', { imageSize: 64, alpha: 0.25 }));
  assert.deepEqual(graph.nodes.slice(-3).map(({ kind }) => kind), ['globalDepthwise', 'dense', 'dense']);
  assert.ok(graph.nodes.slice(0, -3).every((node) => node.kind === 'conv' && node.activation.kind === 'leakyRelu' && node.phase === 'even'));
  assert.equal(turnForStride(graph).inputTurn, 'none');
});

test('every network is brought into this form with every activation', () => {
  const expected: Record<string, Activation> = { leakyRelu: { kind: 'leakyRelu', slope: 0.3 }, relu: { kind: 'relu' }, relu6: { kind: 'relu', maxValue: 6 } };
  for (const name of networkNames) {
    for (const activation of activationNames) {
      const spec = createNetwork(name, { imageSize: 64, alpha: 0.25, activation, dropout: 0.2 });
      const used = imported(spec).nodes.flatMap((node) => (node.kind === 'conv' && node.activation.kind !== 'linear' ? [node.activation] : []));
      assert.ok(used.length >= 31, `${used.length} activations`);
      for (const each of used) {
        if (each.kind === 'prelu') assert.ok(activation === 'prelu' && each.slopes.every((slope) => Math.abs(slope - 0.25) < 1e-6), `${name} with ${activation}`);
        else assert.deepEqual(each, expected[activation], `${name} with ${activation}`);
      }
    }
  }
});

test('what the chip cannot compute is refused with layer, shape and advice', () => {
  const spec = createNetwork('k210-s', { imageSize: 64, alpha: 0.25 });
  const change = (name: string, by: (layer: Layer) => Layer): NetworkSpec => ({ ...spec, layers: spec.layers.map((layer) => (layer.name === name ? by(layer) : layer)) });
  const refused = (changed: NetworkSpec, message: RegExp): void => {
    assert.throws(() => imported(changed), (error) => error instanceof UserError && message.test(error.message) && error.action.length > 0);
  };
  refused(change('block_0_dw', (layer) => ({ ...layer, kernelSize: 5 } as Layer)), /Layer block_0_dw \(depthwiseConv2d, output 32 x 32 x 16\).*5 x 5/);
  refused(change('block_1_dw_pad', (layer) => ({ ...layer, padding: [[0, 2], [0, 2]] } as Layer)), /padded by 0, 2, 0, 2/);
});
