import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { neededMemoryBytes } from '../../../src/kmodel/firmware';
import { inspectProgram, inspectProgramV4 } from '../../../src/kmodel/inspect';
import { layerLatency } from '../../../src/kmodel/latency';
import { memoryAccesses } from '../../../src/kmodel/memory-accesses';
import { repeatingRuns } from '../../../src/kmodel/repeating-runs';
import { memoryBars, memoryBytes, memoryMap } from '../../../src/kmodel/memory-map';
import type { Layer } from '../../../src/kmodel/v3/program';
import type { ProgramV4 } from '../../../src/kmodel/v4/read-v4';
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
  assert.deepEqual(report.layers[1]?.quantization, { scale: 1, bias: 0 });
  assert.equal(report.layers[0]?.quantization?.segments, 16);
  assert.deepEqual(report.notes, []);
  assert.ok(report.firmware.every(({ loads }) => loads));
});

test('a model that is too large for usual firmware, or too deep for its stack, is told so', () => {
  const cpuLayers = Array.from({ length: 14 }, (): Layer => ({ kind: 'l2Normalization', flags: 1, input: 0, output: 0, count: 4 }));
  const { notes, firmware } = inspectProgram(programOf([conv(8, 4), ...cpuLayers], 1024, 16), 3 * 1024 * 1024);
  assert.deepEqual(firmware.map(({ name, loads }) => `${name}: ${loads}`), [
    'MaixPy v1, usual build: false', 'MaixPy v1, minimal build: true', 'MaixPy v1, build with kmodel v4: false', 'Kendryte standalone SDK or Arduino: true',
  ]);
  assert.ok(notes.some((note) => /minimal build/.test(note)));
  assert.ok(notes.some((note) => /14 layers in a row/.test(note)));
});

test('version 4 is loaded only where it is known', () => {
  const program: ProgramV4 = { target: 'k210', constantsBytes: 0, mainMemoryBytes: 100, inputs: [], inputShapes: [], outputs: [], nodes: [] };
  assert.deepEqual(inspectProgramV4(program, 1000).firmware.map(({ loads }) => loads), [false, false, true, true]);
});

test('a float layer\'s weights count twice: the runtime copies them', () => {
  const dense: Layer = { kind: 'fullyConnected', flags: 0, input: 0, output: 64, inputChannels: 4, outputChannels: 2, activation: 0, weights: new Float32Array(8), bias: new Float32Array(2) };
  assert.equal(neededMemoryBytes(1000, programOf([dense], 128, 8)), 1000 + 256 + 128 + 40);
});

test('the memory map has each result from its birth to its last reader', () => {
  const first = { ...randomConv({ width: 8, height: 8, inputChannels: 3, outputChannels: 4, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 }, new SeededRandom(1, 'map'), { source: 0, destination: 100 }), flags: 0 };
  const second = randomConv({ width: 8, height: 8, inputChannels: 4, outputChannels: 2, kernelSize: 1, depthwise: false, poolType: 0, weightBits: 8 }, new SeededRandom(2, 'map'), { source: 100, destination: 0 });
  const program = { ...programOf([first, second, { kind: 'dequantize', flags: 1, input: 0, output: 256, count: 128, scale: 1, bias: 0 }], 1024, 0), outputs: [{ addressBytes: 256, sizeBytes: 512 }] };
  const map = memoryMap(program);
  assert.deepEqual(map.buffers, [
    { memory: 'kpu', fromByte: 0, toByte: 512, birth: -1, death: 0 },
    { memory: 'kpu', fromByte: 6400, toByte: 6912, birth: 0, death: 1 },
    { memory: 'kpu', fromByte: 0, toByte: 512, birth: 1, death: 1 },
    { memory: 'main', fromByte: 0, toByte: 128, birth: 1, death: 2 },
    { memory: 'main', fromByte: 256, toByte: 768, birth: 2, death: 3 },
  ]);
  assert.equal(memoryBytes(map, 'kpu'), 1024);
  assert.equal(memoryBytes(map, 'main'), 640);
  const reads = (step: number) => memoryAccesses(program.layers[step] as Layer).reads;
  assert.deepEqual(memoryBars(map, 'main', 1024, 8, reads), ['........', '#.......', '=.####..']);
  assert.deepEqual(memoryBars(map, 'kpu', 12_800, 8, reads), ['=...#...', '#...=...', '........']);
});

test('bars that come in turn are shown once', () => {
  assert.deepEqual(repeatingRuns(['a', 'b', 'b', 'x', 'y', 'z', 'x', 'y', 'z', 'x'], 4), [
    { first: 0, last: 0, period: 1 }, { first: 1, last: 2, period: 1 }, { first: 3, last: 8, period: 3 }, { first: 9, last: 9, period: 1 },
  ]);
});
