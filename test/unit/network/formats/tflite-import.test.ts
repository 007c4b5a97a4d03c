import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random';
import { UserError } from '../../../../src/base/user-error';
import type { ImportedModel } from '../../../../src/network/formats/import/imported-model';
import { encodeTflite } from '../../../../src/network/formats/tflite/tflite-encode';
import type { TfliteModel, TfliteOperator, TfliteTensor } from '../../../../src/network/formats/tflite/tflite-model';
import { readTfliteFile } from '../../../../src/network/formats/tflite/tflite-reader';
import { transposedBack } from '../../../../src/network/formats/kernel-layout';
import { fusedActivations, paddings } from '../../../../src/network/formats/tflite/tflite-schema';
import { relativeDifference, slowEmbedding } from '../../../support/slow-network';

const side = 4;
const random = new SeededRandom(31, 'values');
const values = (count: number): number[] => Array.from({ length: count }, () => random.between(-1, 1));
const picture = values(side * side * 3);

const image: TfliteTensor = { name: 'x', shape: [1, side, side, 3], freeBatch: true, type: 'float32' };
const computed = (name: string, shape: readonly number[] = [1, side, side, 3]): TfliteTensor => ({ name, shape, freeBatch: true, type: 'float32' });
const floats = (name: string, shape: readonly number[], data: readonly number[]): TfliteTensor => ({ name, shape, freeBatch: false, type: 'float32', data: new Uint8Array(Float32Array.from(data).buffer) });
const ints = (name: string, ...data: number[]): TfliteTensor => ({ name, shape: [data.length], freeBatch: false, type: 'int32', data: new Uint8Array(Int32Array.from(data).buffer) });

type Step = readonly [op: TfliteOperator['op'], inputs: readonly string[], output: string, options?: TfliteOperator['options']];

const dense = floats('dense', [2, 3], values(6));
/** Means of the channels, times a matrix. */
const end: readonly Step[] = [['MEAN', ['z', 'axes'], 'mean'], ['FULLY_CONNECTED', ['mean', 'dense'], 'y']];
const ending = [ints('axes', 1, 2), dense, computed('mean', [1, 3]), computed('y', [1, 2])];

function model(steps: readonly Step[], tensors: readonly TfliteTensor[]): TfliteModel {
  const all = [image, ...tensors];
  const indexOf = (name: string): number => all.findIndex((tensor) => tensor.name === name);
  return {
    description: 'test', tensors: all, input: 0, output: indexOf(steps.at(-1)?.[2] ?? ''), signature: { input: 'input', output: 'output' }, metadata: new Map(),
    operators: steps.map(([op, inputs, output, options = {}]) => ({ op, version: 1, inputs: inputs.map(indexOf), outputs: [indexOf(output)], options })),
  };
}

function read(steps: readonly Step[], tensors: readonly TfliteTensor[]): ImportedModel {
  return readTfliteFile(encodeTflite(model(steps, tensors)), 'net.tflite');
}

/** Runs steps from `x` to `z`, then the ending, and compares with what JavaScript makes of each value. */
function check(steps: readonly Step[], tensors: readonly TfliteTensor[], apply: (value: number, channel: number) => number): ImportedModel {
  const imported = read([...steps, ...end], [...tensors, ...ending]);
  const means = [0, 1, 2].map((c) => picture.reduce((sum, value, i) => sum + (i % 3 === c ? apply(value, c) : 0), 0) / side ** 2);
  const matrix = new Float32Array(Uint8Array.from(dense.data ?? []).buffer);
  const expected = [0, 1].map((row) => means.reduce((sum, value, c) => sum + value * (matrix[row * 3 + c] ?? NaN), 0));
  const difference = relativeDifference(expected, slowEmbedding(imported.spec, imported.weights, picture));
  assert.ok(difference < 1e-5, `differs by ${difference}`);
  return imported;
}

test('activations, alone, inside of other operators and written out', () => {
  const slopes = floats('slopes', [1, 1, 3], [0.5, -0.25, 2]);
  const at = (c: number): number => [0.5, -0.25, 2][c] ?? NaN;
  check([['RELU', ['x'], 'z']], [computed('z')], (v) => Math.max(0, v));
  check([['LEAKY_RELU', ['x'], 'z', { alpha: 0.3 }]], [computed('z')], (v) => (v < 0 ? 0.3 * v : v));
  check([['PRELU', ['x', 'slopes'], 'z']], [slopes, computed('z')], (v, c) => (v < 0 ? at(c) * v : v));
  check([['MUL', ['x', 'slope'], 's'], ['MAXIMUM', ['s', 'x'], 'z']], [floats('slope', [], [0.1]), computed('s'), computed('z')], (v) => Math.max(v, 0.1 * v));
  check([['MUL', ['x', 'nine'], 'z', { activation: fusedActivations.relu6 }]], [floats('nine', [1], [9]), computed('z')], (v) => Math.min(6, Math.max(0, 9 * v)));
  const written = check(
    [['RELU', ['x'], 'r'], ['ABS', ['x'], 'a'], ['SUB', ['x', 'a'], 'd'], ['MUL', ['d', 'slopes'], 'm'], ['MUL', ['m', 'half'], 'h'], ['ADD', ['r', 'h'], 'z']],
    [slopes, floats('half', [], [0.5]), ...['r', 'a', 'd', 'm', 'h', 'z'].map((name) => computed(name))], (v, c) => (v < 0 ? at(c) * v : v),
  );
  assert.ok(written.spec.layers.some(({ kind }) => kind === 'prelu'));
});

test('kernels in 8 bits, with zero points, stand for real numbers, and a note says so', () => {
  const kernel: TfliteTensor = {
    name: 'kernel', shape: [3, 1, 1, 3], freeBatch: false, type: 'uint8', data: Uint8Array.of(138, 128, 128, 128, 148, 128, 128, 128, 118),
    quantization: { scales: [0.1], zeroPoints: [128], dimension: 0 },
  };
  const bias: TfliteTensor = { name: 'bias', shape: [3], freeBatch: false, type: 'int32', data: new Uint8Array(Int32Array.of(5, -10, 0).buffer), quantization: { scales: [0.02], zeroPoints: [0], dimension: 0 } };
  const steps: Step[] = [['QUANTIZE', ['x'], 'q'], ['CONV_2D', ['q', 'kernel', 'bias'], 'c', { padding: paddings.same, strideW: 1, strideH: 1, activation: fusedActivations.relu }], ['DEQUANTIZE', ['c'], 'z']];
  const { notes } = check(steps, [kernel, bias, computed('q'), computed('c'), computed('z')], (v, c) => Math.max(0, v * ([1, 2, -1][c] ?? NaN) + ([0.1, -0.2, 0][c] ?? NaN)));
  assert.match(notes.join(), /stored in 8 bits/);
});

test('padding, means and the length at the end', () => {
  const padded: Step[] = [['PAD', ['x', 'pads'], 'p'], ['AVERAGE_POOL_2D', ['p'], 'z', { padding: paddings.valid, strideW: 2, strideH: 2, filterW: 2, filterH: 2 }]];
  // Zeros around a picture of 4 x 4, averaged by fours, leave nine values with the mean of 16 of 36.
  check(padded, [ints('pads', 0, 0, 1, 1, 1, 1, 0, 0), computed('p', [1, 6, 6, 3]), computed('z', [1, 3, 3, 3])], (v) => (v * 16) / 36);
  const unit = read([['RELU', ['x'], 'z'], ...end, ['L2_NORMALIZATION', ['y'], 'unit']], [...ending, computed('z'), computed('unit', [1, 2])]);
  assert.match(unit.notes.join(), /L2 normalisation at the end was left out/);
});

test('what is not known is named with its layer and its shape', () => {
  const refused = (steps: readonly Step[], tensors: readonly TfliteTensor[], message: RegExp): void => assert.throws(() => read([...steps, ...end], [...tensors, ...ending]), message);
  refused([['TRANSPOSE', ['x', 'axes'], 'z']], [computed('z')], /Layer z \(TRANSPOSE, on 4 x 4 x 3\) of net\.tflite is an operation that is not known here/);
  refused([['RELU', ['x'], 'r'], ['MUL', ['x', 'r'], 'z']], [computed('r'), computed('z')], /Layer z \(MUL, on 4 x 4 x 3\) of net\.tflite combines two maps by something else than addition/);
  refused([['ADD', ['x', 'rows'], 'z']], [floats('rows', [1, 4, 1, 1], [1, 2, 3, 4]), computed('z')], /values of \[1, 4, 1, 1\]/);
});

test('a weight whose shape claims more values than the file has is refused at once', () => {
  const weight = { shape: [3, 3, 2 ** 12, 2 ** 12], data: new Float32Array(36) };
  assert.throws(() => transposedBack(weight, [3, 0, 1, 2]), /a weight of shape \[3, 3, 4096, 4096\] has 36 values/);
});

test('a damaged file is refused in words, whatever byte is wrong', () => {
  const bytes = encodeTflite(model([['PRELU', ['x', 'slopes'], 'z'], ...end], [floats('slopes', [1, 1, 3], [0.5, -0.25, 2]), computed('z'), ...ending]));
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
    const damaged = bytes.slice();
    for (const [at, value] of changes) damaged[at] = value;
    try {
      readTfliteFile(damaged, 'damaged.tflite');
    } catch (error) {
      assert.ok(error instanceof UserError && /damaged\.tflite|TensorFlow Lite model/.test(error.message), String(error));
    }
  }), { numRuns: 150 });
});
