import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { activationTable, mostTableSlopes, windowCentre } from '../../../src/kmodel/compiler/activation-table';
import { arrangeSlopes } from '../../../src/kmodel/compiler/arrange-slopes';
import type { DeviceGraph } from '../../../src/kmodel/compiler/device-graph';
import { importNetwork } from '../../../src/kmodel/compiler/import-network';
import type { OutputStatistics } from '../../../src/kmodel/compiler/output-statistics';
import { nearestLevels } from '../../../src/kmodel/compiler/slope-levels';
import { withTableSlopes } from '../../../src/kmodel/compiler/table-slopes';
import { activationSegments, type ActivationSegment } from '../../../src/kmodel/v3/kpu-registers';
import { createNetwork } from '../../../src/network/mobilefacenet';
import { initialWeights } from '../../../src/network/weight-definitions';

const squaredError = (values: readonly number[], levels: ArrayLike<number>, importance: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + (importance[i] as number) * (value - (levels[i] as number)) ** 2, 0);

/** Least error of all ways to cut the sorted values, by trying them. */
function exhaustiveError(values: readonly number[], importance: readonly number[], count: number): number {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const best = (first: number, groups: number): number => {
    if (first === order.length) return 0;
    if (groups === 0) return Infinity;
    let least = Infinity;
    for (let end = first + 1; end <= order.length; end++) {
      const group = order.slice(first, end);
      const weight = group.reduce((sum, i) => sum + (importance[i] as number), 0);
      const mean = group.reduce((sum, i) => sum + (importance[i] as number) * (values[i] as number), 0) / weight;
      const error = group.reduce((sum, i) => sum + (importance[i] as number) * ((values[i] as number) - mean) ** 2, 0);
      least = Math.min(least, error + best(end, groups - 1));
    }
    return least;
  };
  return best(0, count);
}

test('levels are few, and no other levels have a smaller error', () => {
  const items = fc.array(fc.record({ value: fc.double({ min: 0, max: 1, noNaN: true }), weight: fc.double({ min: 0.1, max: 10, noNaN: true }) }), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(items, fc.integer({ min: 1, max: 4 }), (wishes, count) => {
    const values = wishes.map(({ value }) => value);
    const importance = wishes.map(({ weight }) => weight);
    const levels = nearestLevels(values, importance, count);
    assert.ok(new Set(levels).size <= count);
    assert.ok(Math.abs(squaredError(values, levels, importance) - exhaustiveError(values, importance, count)) < 1e-6);
  }), { numRuns: 100 });
});

/** The chip's activation of a value, in doubles. */
function byteOf(table: readonly ActivationSegment[], value: number): number {
  const { start, multiplier, shift, bias } = table.findLast((segment) => value > segment.start) ?? { start: 0, multiplier: 0, shift: 0, bias: 0 };
  return Math.min(255, Math.max(0, Math.round(((value - start) * multiplier) / 2 ** shift) + bias));
}

test('one table computes each of its slopes for the channels in its window, to a byte and from end to end', () => {
  const slope = fc.oneof(fc.constantFrom(0, 0.002, 0.25, 1), fc.double({ min: 0.02, max: 1.5, noNaN: true }));
  fc.assert(fc.property(fc.uniqueArray(slope, { minLength: 1, maxLength: mostTableSlopes }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 400, max: 4000 }), (wishes, zero, reachSteps) => {
    const slopes = wishes.sort((a, b) => a - b);
    const unit = 1024;
    const spacing = slopes.length === 1 ? 0 : 2 * reachSteps * unit;
    const table = activationTable(slopes, zero, { fractionBits: 10, slopeBits: 10, spacing });
    assert.equal(table.length, activationSegments);
    assert.ok(table.every(({ start, multiplier }, i) => multiplier >= 0 && start >= (table[i - 1]?.start ?? -Infinity)));
    slopes.forEach((each, window) => {
      const stage = (value: number): number => byteOf(table, value + windowCentre(window, slopes.length, spacing));
      for (let step = -reachSteps + 1; step < reachSteps; step += 7.3) {
        const expected = Math.min(255, Math.max(0, zero + (step < 0 ? each * step : step)));
        // A slope is rounded to 1/1024, and a byte to a half; a slope that ends in the middle of a byte keeps that byte.
        const isCut = slopes.length > 1 && each * reachSteps < zero + 1;
        const tolerance = (isCut ? 1.01 : 0.51) + Math.abs(Math.min(0, step)) / 2048 + 2 / 1024;
        assert.ok(Math.abs(stage(Math.round(step * unit)) - expected) <= tolerance, `slope ${each} of ${slopes.join()}, zero ${zero}: ${step} gives ${stage(Math.round(step * unit))}, not ${expected}`);
      }
    });
  }), { numRuns: 60 });
});

const spread = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => ((i * 7) % count) / count);

/** The paper's network with slopes that spread from 0 to 1 in each layer, and statistics in which all channels matter alike. */
function spreadPrelu(): { graph: DeviceGraph; statistics: Map<string, OutputStatistics> } {
  const spec = createNetwork('paper', { imageSize: 64, alpha: 0.5 });
  const graph = importNetwork(spec, initialWeights(spec, 1));
  const nodes = graph.nodes.map((node) => (node.kind === 'conv' && node.activation.kind === 'prelu' ? { ...node, activation: { kind: 'prelu' as const, slopes: spread(node.output.channels) } } : node));
  const ones = (count: number): Float32Array => new Float32Array(count).fill(1);
  const statistics = new Map(nodes.map(({ name, output: { channels } }): [string, OutputStatistics] => [name, {
    minimum: -1, maximum: 1, samples: new Float32Array(), sampleChannels: new Uint16Array(),
    channels: { minimum: ones(channels), maximum: ones(channels), mean: ones(channels), power: ones(channels), negativePower: ones(channels) },
  }]));
  return { graph: { ...graph, nodes }, statistics };
}

test('spread slopes are computed in more layers, the fewer errors the more; equal slopes need one', () => {
  const { graph, statistics } = spreadPrelu();
  const layers = (wish: '1' | '2' | '4' | 'auto'): number => [...arrangeSlopes(graph, statistics, wish).parts.values()].reduce((sum, parts) => sum + parts.length, 0);
  assert.equal(layers('1'), 0);
  assert.ok(layers('4') > layers('2') && layers('2') > 0);
  const equal = graph.nodes.map((node) => (node.kind === 'conv' && node.activation.kind === 'prelu' ? { ...node, activation: { kind: 'prelu' as const, slopes: new Float32Array(node.output.channels).fill(0.25) } } : node));
  assert.equal(arrangeSlopes({ ...graph, nodes: equal }, statistics, 'auto').parts.size, 0);
});

test('a layer gets the slopes of each of its parts, and says what that changes', () => {
  const random = new SeededRandom(1, 'slopes');
  const slopes = Float32Array.from({ length: 32 }, () => random.between(-0.1, 0.9));
  const node = {
    kind: 'conv', name: 'test', input: 'input', kernelSize: 1, depthwise: false, stride: 1, phase: 'even', weights: new Float32Array(32 * 3), bias: new Float32Array(32),
    activation: { kind: 'prelu', slopes }, output: { width: 8, height: 8, channels: 32 },
  } as const;
  const ones = new Float32Array(32).fill(1);
  const statistics = { minimum: ones, maximum: ones, mean: ones, power: ones, negativePower: ones };
  const whole = withTableSlopes(node, statistics);
  const halves = withTableSlopes({ ...node, activation: { kind: 'prelu', slopes: slopes.slice().sort() }, parts: [16, 16] }, statistics);
  assert.equal(whole.error?.slopes, mostTableSlopes);
  assert.equal(halves.error?.parts, 2);
  assert.ok((halves.error.signalToNoiseDb ?? 0) > (whole.error.signalToNoiseDb ?? 0) + 3);
  assert.ok(whole.node.activation.kind === 'prelu' && whole.node.activation.slopes.every((slope) => slope >= 0));
});
