import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { inspectProgram } from '../../../src/kmodel/inspect';
import { layerLatency } from '../../../src/kmodel/latency';
import type { Layer } from '../../../src/kmodel/v3/program';
import { programOf, randomConv } from '../../support/kmodel/sample-programs';

const conv = (size: number, channels: number, weightBits: 8 | 16 = 8): Layer =>
  randomConv({ width: size, height: size, inputChannels: channels, outputChannels: channels, kernelSize: 3, depthwise: false, poolType: 0, weightBits }, new SeededRandom(1, 'inspect'));

test('the estimate follows the published times of 3x3 convolutions within a third', () => {
  // 128 -> 128 channels, 16-bit weights, 300 MHz, milliseconds (design document "k210-kmodel", section 6.8)
  const published = [[4, 0.339], [16, 0.417], [32, 1.138], [64, 3.891], [128, 14.778], [256, 57.756]] as const;
  for (const [size, milliseconds] of published) {
    const { registers: { ...registers }, ...rest } = conv(size, 128, 16) as Extract<Layer, { kind: 'conv' }>;
    const estimate = layerLatency({ ...rest, registers, flags: 0 }, 16, 300e6).milliseconds;
    assert.ok(Math.abs(Math.log(estimate / milliseconds)) < Math.log(4 / 3), `${size}: ${estimate} against ${milliseconds}`);
  }
});

test('a report names sizes, memory, and the share of the processor', () => {
  const program = programOf([
    conv(8, 4), { kind: 'dequantize', flags: 1, input: 0, output: 256, count: 256, scale: 1, bias: 0 }, { kind: 'l2Normalization', flags: 1, input: 256, output: 256, count: 256 },
  ], 1280, 1024);
  const report = inspectProgram(program, 2048);
  assert.equal(report.input, '8 x 8 x 4 bytes');
  assert.deepEqual(report.layers.map(({ kind, unit }) => `${kind} ${unit}`), ['conv kpu', 'dequantize cpu', 'l2Normalization cpu']);
  assert.equal(report.layers[0]?.shape, '3x3, 8 x 8 x 4 -> 8 x 8 x 4');
  assert.equal(report.layers[0]?.parameterBytes, 4 * 4 * 9 + 8 * 4 + 144);
  assert.equal(report.longestCpuRun, 2);
  assert.ok(report.cpuShare !== undefined && report.cpuShare > 0 && report.cpuShare < 1);
  assert.equal(report.notes.length, 1);
});

test('a model that is too large for usual firmware, or too deep for its stack, is told so', () => {
  const cpuLayers = Array.from({ length: 14 }, (): Layer => ({ kind: 'l2Normalization', flags: 1, input: 0, output: 0, count: 4 }));
  const { notes } = inspectProgram(programOf([conv(8, 4), ...cpuLayers], 1024, 16), 3 * 1024 * 1024);
  assert.ok(notes.some((note) => /minimal build/.test(note)));
  assert.ok(notes.some((note) => /14 layers in a row/.test(note)));
});
