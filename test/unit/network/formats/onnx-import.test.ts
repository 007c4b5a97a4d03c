import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random';
import { UserError } from '../../../../src/base/user-error';
import { halfToFloat } from '../../../../src/network/formats/half-float';
import type { ImportedModel } from '../../../../src/network/formats/import/imported-model';
import { inputNormalization } from '../../../../src/network/formats/import/normalization-option';
import { readModelWeights } from '../../../../src/network/formats/import/read-model-file';
import { readOnnxFile } from '../../../../src/network/formats/onnx/onnx-reader';
import { floats, ints, onnxModel, type NodeDescription, type OnnxDescription, type TensorDescription } from '../../../support/onnx-model';
import { relativeDifference, slowEmbedding } from '../../../support/slow-network';

const side = 4;
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'onnx-import-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const random = new SeededRandom(9, 'values');
const values = (count: number): number[] => Array.from({ length: count }, () => random.between(-1, 1));
/** [height, width, channels] */
const picture = values(side * side * 3);
const planes = Array.from({ length: 3 * side * side }, (_, i) => picture[(i % (side * side)) * 3 + Math.floor(i / (side * side))] ?? NaN);

const node = (type: string, inputs: string[], output: string, attributes: NodeDescription['attributes'] = {}): NodeDescription => ({ type, inputs, output, attributes, name: `/${output}/${type}` });
const embeddingWeights: Record<string, TensorDescription> = { dense: floats([2, 3 * side * side], values(2 * 3 * side * side)) };
/** Everything that is flattened in ONNX's order and multiplied by a matrix. */
const end = (input: string): NodeDescription[] => [node('Flatten', [input], 'flat'), node('Gemm', ['flat', 'dense'], 'y', { transB: 1 })];

function read(description: Partial<OnnxDescription> & Pick<OnnxDescription, 'nodes'>): ImportedModel {
  return readOnnxFile(onnxModel({ input: [1, 3, side, side], ...description }), 'net.onnx');
}

/** What the matrix makes of values in ONNX's order. */
function product(vector: readonly number[]): number[] {
  const { data } = embeddingWeights['dense'] as TensorDescription;
  return [0, 1].map((row) => vector.reduce((sum, value, i) => sum + value * Number(data[row * vector.length + i]), 0));
}

function check(model: ImportedModel, expected: readonly number[]): void {
  const difference = relativeDifference(expected, slowEmbedding(model.spec, model.weights, picture));
  assert.ok(difference < 1e-5, `differs by ${difference}`);
}

/** Runs one or more nodes from `x` to `z`, then the matrix, and compares with what JavaScript makes of each value. */
function checkEach(nodes: readonly NodeDescription[], tensors: Readonly<Record<string, TensorDescription>>, apply: (value: number, channel: number) => number): ImportedModel {
  const model = read({ nodes: [...nodes, ...end('z')], tensors: { ...embeddingWeights, ...tensors } });
  check(model, product(planes.map((value, i) => apply(value, Math.floor(i / (side * side))))));
  return model;
}

test('a matrix behind a flattened image counts its rows as ONNX lists them', () => {
  check(read({ nodes: end('x'), tensors: embeddingWeights }), product(planes));
  const chain = [
    node('Shape', ['x'], 's'), node('Gather', ['s', 'zero'], 'batch'), node('Unsqueeze', ['batch', 'zero'], 'batches'), node('Concat', ['batches', 'rest'], 'target', { axis: 0 }),
    node('Reshape', ['x', 'target'], 'flat'), node('MatMul', ['flat', 'matrix'], 'm'), node('Add', ['m', 'bias'], 'y'),
  ];
  const { data } = embeddingWeights['dense'] as TensorDescription;
  const matrix = floats([48, 2], Array.from({ length: 96 }, (_, i) => Number(data[(i % 2) * 48 + Math.floor(i / 2)])));
  const tensors = { matrix, bias: floats([2], [0.5, -2]), zero: { ...ints(0), shape: [] }, rest: ints(-1) };
  check(read({ nodes: chain, tensors }), product(planes).map((value, i) => value + (i === 0 ? 0.5 : -2)));
});

test('activations and arithmetic of channels', () => {
  const perChannel = floats([1, 3, 1, 1], [0.5, -1.5, 2]);
  const at = (channel: number): number => Number(perChannel.data[channel]);
  checkEach([node('Relu', ['x'], 'z')], {}, (v) => Math.max(0, v));
  checkEach([node('LeakyRelu', ['x'], 'z', { alpha: { float: 0.1 } })], {}, (v) => (v < 0 ? 0.1 * v : v));
  checkEach([node('PRelu', ['x', 'slopes'], 'z')], { slopes: floats([3, 1, 1], perChannel.data as Float32Array) }, (v, c) => (v < 0 ? at(c) * v : v));
  checkEach([node('Unsqueeze', ['flat_slopes', 'axes'], 'slopes'), node('PRelu', ['x', 'slopes'], 'z')], { flat_slopes: floats([3], perChannel.data as Float32Array), axes: ints(1, 2) }, (v, c) => (v < 0 ? at(c) * v : v));
  const shared = checkEach([node('PRelu', ['x', 'slopes'], 'z')], { slopes: floats([1], [0.25]) }, (v) => (v < 0 ? 0.25 * v : v));
  assert.ok(shared.spec.layers.some((layer) => layer.kind === 'leakyRelu'), 'one slope for all channels is a LeakyReLU');
  checkEach([node('Mul', ['x', 'seven'], 's'), node('Clip', ['s', 'low', 'six'], 'z')], { seven: floats([], [7]), low: floats([], [0]), six: floats([], [6]) }, (v) => Math.min(6, Math.max(0, 7 * v)));
  checkEach([node('Mul', ['x', 'slope'], 's'), node('Max', ['x', 's'], 'z')], { slope: floats([1], [0.2]) }, (v) => Math.max(v, 0.2 * v));
  checkEach([node('Mul', ['x', 'c'], 's'), node('Add', ['c', 's'], 'z')], { c: perChannel }, (v, c) => v * at(c) + at(c));
  checkEach([node('Add', ['x', 'x'], 'z')], {}, (v) => 2 * v);
  checkEach([node('Relu', ['x'], 'r'), node('Mul', ['r', 'c'], 'm'), node('Add', ['m', 'c'], 'z')], { c: perChannel }, (v, c) => Math.max(0, v) * at(c) + at(c));
  checkEach([node('Relu', ['x'], 'r'), node('Sub', ['r', 'x'], 'z')], {}, (v) => Math.max(0, v) - v);
  checkEach([node('Sub', ['c', 'x'], 's'), node('Div', ['s', 'c'], 'z')], { c: perChannel }, (v, c) => (at(c) - v) / at(c));
});

test('a PReLU that is written out becomes one again', () => {
  const slopes = floats([3, 1, 1], [0.25, -0.5, 0.75]);
  const parametric = (v: number, c: number): number => (v < 0 ? v * Number(slopes.data[c]) : v);
  // As TensorFlow 1 has it: relu(x) + slope * (x - |x|) / 2, and as Keras has it: relu(x) + -slope * relu(-x).
  const byAbsolute = [node('Relu', ['x'], 'r'), node('Abs', ['x'], 'a'), node('Sub', ['x', 'a'], 'd'), node('Mul', ['slopes', 'd'], 'm'), node('Mul', ['m', 'half'], 'h'), node('Add', ['r', 'h'], 'z')];
  const byNegative = [node('Relu', ['x'], 'r'), node('Neg', ['x'], 'n'), node('Relu', ['n'], 'q'), node('Neg', ['slopes'], 's'), node('Mul', ['q', 's'], 'm'), node('Add', ['m', 'r'], 'z')];
  const byMinimum = [node('Relu', ['x'], 'r'), node('Min', ['x', 'zero'], 'n'), node('Mul', ['n', 'slopes'], 'm'), node('Add', ['r', 'm'], 'z')];
  for (const nodes of [byAbsolute, byNegative, byMinimum]) {
    const { spec } = checkEach(nodes, { slopes, half: floats([], [0.5]), zero: floats([], [0]) }, parametric);
    assert.deepEqual(spec.layers.map(({ kind }) => kind), ['input', 'prelu', 'flatten', 'dense']);
  }
});

test('a batch normalisation before everything is a layer, and does not pass for a normalisation of pixels', () => {
  const parameters = { g: floats([3], [1, 2, 0.5]), b: floats([3], [0.1, 0.2, 0.3]), m: floats([3], [-1, 0, 1]), v: floats([3], [1, 4, 0.25]) };
  const model = checkEach([node('BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'z')], parameters, (value, c) => {
    const [g = 0, b = 0, m = 0, v = 0] = ['g', 'b', 'm', 'v'].map((name) => Number((parameters as Record<string, TensorDescription>)[name]?.data[c]));
    return ((value - m) / Math.sqrt(v + 1e-5)) * g + b;
  });
  assert.equal(model.normalizedBy, 'nobody');
});

test('arithmetic on the picture is its normalisation when it brings pixels to small values', () => {
  const nodes = (first: string): NodeDescription[] => [node('Sub', ['x', 'mean'], 'c'), node(first, ['c', 'by'], 'z'), ...end('z')];
  const uniform = read({ nodes: nodes('Mul'), tensors: { ...embeddingWeights, mean: floats([1], [127.5]), by: floats([1], [0.0078125]) } });
  assert.deepEqual(uniform.spec.normalization, { mean: 127.5, deviation: 128 });
  assert.equal(uniform.normalizedBy, 'file');
  check(uniform, product(planes));
  const [mean, deviation] = [[123.675, 116.28, 103.53], [58.395, 57.12, 57.375]];
  const channels = read({ nodes: nodes('Div'), tensors: { ...embeddingWeights, mean: floats([3, 1, 1], mean), by: floats([3, 1, 1], deviation) } });
  assert.deepEqual(channels.spec.normalization, { mean: 0, deviation: 1 });
  assert.equal(channels.normalizedBy, 'file');
  check(channels, product(planes.map((value, i) => (value - (mean[Math.floor(i / 16)] ?? 0)) / (deviation[Math.floor(i / 16)] ?? 0))));
  const ofUnits = read({ nodes: nodes('Div'), tensors: { ...embeddingWeights, mean: floats([1], [0.5]), by: floats([1], [0.25]) } });
  assert.equal(ofUnits.normalizedBy, 'nobody');
});

test('both paddings of stride 2 are told apart, and pads of their own layer are kept', () => {
  const kernel = floats([2, 3, 3, 3], values(54));
  const dense = floats([2, 8], values(16));
  const convolved = (pads: readonly number[]): number[] => {
    const at = (c: number, y: number, x: number): number => (y < 0 || x < 0 || y >= side || x >= side ? 0 : (planes[(c * side + y) * side + x] ?? NaN));
    const maps = Array.from({ length: 8 }, (_, i) => {
      const [o, y, x] = [Math.floor(i / 4), Math.floor((i % 4) / 2), i % 2];
      return Array.from({ length: 27 }, (_unused, tap) => Number(kernel.data[o * 27 + tap]) * at(Math.floor(tap / 9), 2 * y + Math.floor((tap % 9) / 3) - (pads[0] ?? 0), 2 * x + (tap % 3) - (pads[1] ?? 0))).reduce((a, b) => a + b, 0);
    });
    return [0, 1].map((row) => maps.reduce((sum, value, i) => sum + value * Number(dense.data[row * 8 + i]), 0));
  };
  const conv = (attributes: NodeDescription['attributes'], input = 'x'): NodeDescription[] => [node('Conv', [input, 'k'], 'z', { strides: [2, 2], kernel_shape: [3, 3], ...attributes }), ...end('z')];
  const kinds = (model: ImportedModel): string[] => model.spec.layers.map((layer) => ('padding' in layer && typeof layer.padding === 'string' ? `${layer.kind} ${layer.padding}` : layer.kind));
  const symmetric = read({ nodes: conv({ pads: [1, 1, 1, 1] }), tensors: { k: kernel, dense } });
  check(symmetric, convolved([1, 1]));
  assert.deepEqual(kinds(symmetric), ['input', 'zeroPadding2d', 'conv2d valid', 'flatten', 'dense']);
  for (const attributes of [{ pads: [0, 0, 1, 1] }, { auto_pad: 'SAME_UPPER' }] as const) {
    const same = read({ nodes: conv(attributes), tensors: { k: kernel, dense } });
    check(same, convolved([0, 0]));
    assert.deepEqual(kinds(same), ['input', 'conv2d same', 'flatten', 'dense']);
  }
  const padded = read({ nodes: [node('Pad', ['x', 'pads'], 'p'), ...conv({}, 'p')], tensors: { k: kernel, dense, pads: ints(0, 0, 1, 1, 0, 0, 1, 1) } });
  check(padded, convolved([1, 1]));
});

test('means over the whole image, kept as one pixel or not', () => {
  const means = [0, 1, 2].map((c) => planes.slice(c * 16, c * 16 + 16).reduce((a, b) => a + b, 0) / 16);
  const pool = (pooled: NodeDescription[], tensors: Record<string, TensorDescription> = {}): void => check(read({ nodes: pooled, tensors }), means);
  pool([node('GlobalAveragePool', ['x'], 'p'), node('Flatten', ['p'], 'y')]);
  pool([node('GlobalAveragePool', ['x'], 'p'), node('Squeeze', ['p', 'axes'], 'y')], { axes: ints(2, 3) });
  pool([node('ReduceMean', ['x'], 'y', { axes: [2, 3], keepdims: 0 })]);
  pool([node('ReduceMean', ['x', 'axes'], 'p'), node('Reshape', ['p', 'target'], 'y')], { axes: ints(-1, -2), target: ints(0, 3) });
  pool([node('AveragePool', ['x'], 'p', { kernel_shape: [4, 4] }), node('Reshape', ['p', 'target'], 'y')], { target: ints(1, -1) });
  pool([node('GlobalAveragePool', ['x'], 'p'), node('Conv', ['p', 'identity'], 'y', { kernel_shape: [1, 1] })], { identity: floats([3, 3, 1, 1], [1, 0, 0, 0, 1, 0, 0, 0, 1]) });
});

test('a division by the length at the end is left out, however it is written', () => {
  const before = end('x').map((each) => (each.output === 'y' ? { ...each, output: 'e' } : each));
  const tail = (...nodes: NodeDescription[]): ImportedModel => read({ nodes: [...before, ...nodes], tensors: { ...embeddingWeights, tiny: floats([], [1e-12]), two: floats([], [2]), one: ints(1) } });
  const endings = [
    tail(node('LpNormalization', ['e'], 'y', { axis: 1, p: 2 })),
    tail(node('ReduceL2', ['e'], 'n', { axes: [1] }), node('Clip', ['n', 'tiny'], 'c'), node('Shape', ['e'], 's'), node('Expand', ['c', 's'], 'x2'), node('Div', ['e', 'x2'], 'y')),
    tail(node('Pow', ['e', 'two'], 'q'), node('ReduceSum', ['q', 'one'], 's'), node('Sqrt', ['s'], 'n'), node('Div', ['e', 'n'], 'y')),
    tail(node('Mul', ['e', 'e'], 'q'), node('ReduceSum', ['q', 'one'], 's'), node('Add', ['s', 'tiny'], 'a'), node('Sqrt', ['a'], 'n'), node('Reciprocal', ['n'], 'r'), node('Mul', ['e', 'r'], 'y')),
  ];
  for (const model of endings) {
    assert.match(model.notes.join(), /L2 normalisation at the end was left out/);
    check(model, product(planes));
  }
  assert.throws(() => tail(node('LpNormalization', ['e'], 'u', { p: 2 }), node('Relu', ['u'], 'y')), /Layer \/y\/Relu \(Relu, on 2\) of net\.onnx follows an L2 normalisation/);
});

test('a picture with its channels last is read through its transposition', () => {
  const nodes = [node('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] }), ...end('t')];
  check(read({ nodes, tensors: embeddingWeights, input: ['batch', side, side, 3] }), product(planes));
});

test('weights in a file beside the model are found, and missed by name', async () => {
  const dense = embeddingWeights['dense'] as TensorDescription;
  const bytes = onnxModel({ nodes: end('x'), input: [1, 3, side, side], tensors: { dense: { ...dense, external: { location: 'net.onnx.data', offset: 16 } } } });
  const file = path.join(folder, 'net.onnx');
  await writeFile(file, bytes);
  await assert.rejects(readModelWeights(file), /net\.onnx\.data, which holds weights of .*net\.onnx, cannot be read/);
  await writeFile(path.join(folder, 'net.onnx.data'), Buffer.concat([Buffer.alloc(16), Buffer.from(dense.data.buffer)]));
  check(await readModelWeights(file), product(planes));
});

test('weights in 8 or 16 bits stand for real numbers', () => {
  const stored = Int8Array.from({ length: 2 * 48 }, (_, i) => ((i * 37) % 255) - 127);
  const real = (i: number): number => (Number(stored[i]) - (i < 48 ? 3 : -5)) * (i < 48 ? 0.01 : 0.02);
  const quantized = {
    stored: { shape: [2, 48], data: stored }, scale: floats([2], [0.01, 0.02]), zero: { shape: [2], data: Int8Array.of(3, -5) }, one: floats([], [0.1]), none: { shape: [], data: Int8Array.of(0) },
  };
  const nodes = [
    node('QuantizeLinear', ['x', 'one', 'none'], 'q'), node('DequantizeLinear', ['q', 'one', 'none'], 'd'), node('DequantizeLinear', ['stored', 'scale', 'zero'], 'w', { axis: 0 }),
    node('Flatten', ['d'], 'flat'), node('Gemm', ['flat', 'w'], 'y', { transB: 1 }),
  ];
  check(read({ nodes, tensors: quantized }), [0, 1].map((row) => planes.reduce((sum, value, i) => sum + value * real(row * 48 + i), 0)));
  // 1, -2, 0.5, 65504, the smallest subnormal, infinity
  assert.deepEqual([0x3c00, 0xc000, 0x3800, 0x7bff, 0x0001, 0x7c00].map(halfToFloat), [1, -2, 0.5, 65504, 2 ** -24, Infinity]);
  const halves = { dense: { shape: [2, 48], data: Uint16Array.from({ length: 96 }, (_, i) => (i % 3 === 0 ? 0x3c00 : 0xb800)) } };
  check(read({ nodes: end('x'), tensors: halves }), [0, 1].map((row) => planes.reduce((sum, value, i) => sum + value * ((row * 48 + i) % 3 === 0 ? 1 : -0.5), 0)));
});

test('a damaged file is refused in words, whatever byte is wrong', () => {
  const nodes = [node('Sub', ['x', 'mean'], 'c'), node('Conv', ['c', 'k'], 'v', { pads: [1, 1, 1, 1], strides: [1, 1] }), node('PRelu', ['v', 'slopes'], 'z'), ...end('z')];
  const bytes = onnxModel({ nodes, input: [1, 3, side, side], tensors: { ...embeddingWeights, mean: floats([], [0.5]), k: floats([3, 3, 3, 3], values(81)), slopes: floats([3, 1, 1], [0.1, 0.2, 0.3]) } });
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(bytes.length), (changes, length) => {
    const damaged = bytes.slice(0, changes.length > 2 ? length : bytes.length);
    for (const [at, value] of changes) damaged[at % Math.max(1, damaged.length)] = value;
    try {
      readOnnxFile(damaged, 'damaged.onnx');
    } catch (error) {
      assert.ok(error instanceof UserError && error.message.includes('damaged.onnx'), String(error));
    }
  }), { numRuns: 400 });
});

test('how pixels enter can be given, differ by channel, and must not contradict the file', async () => {
  const file = path.join(folder, 'given.onnx');
  await writeFile(file, onnxModel({ nodes: end('x'), input: [1, 3, side, side], tensors: embeddingWeights }));
  assert.deepEqual((await readModelWeights(file, inputNormalization('insightface'))).spec.normalization, { mean: 127.5, deviation: 128 });
  const channels = await readModelWeights(file, inputNormalization('10,20,30:2,4,8'));
  assert.deepEqual(channels.spec.normalization, { mean: 0, deviation: 1 });
  check(channels, product(planes.map((value, i) => (value - ([10, 20, 30][Math.floor(i / 16)] ?? NaN)) / ([2, 4, 8][Math.floor(i / 16)] ?? NaN))));
  const own = path.join(folder, 'own.onnx');
  const scaled = [node('Sub', ['x', 'mean'], 'c'), node('Div', ['c', 'mean'], 'z'), ...end('z')];
  await writeFile(own, onnxModel({ nodes: scaled, input: [1, 3, side, side], tensors: { ...embeddingWeights, mean: floats([], [127.5]) } }));
  assert.equal((await readModelWeights(own, inputNormalization('tf'))).normalizedBy, 'file');
  await assert.rejects(readModelWeights(own, inputNormalization('insightface')), /own\.onnx says itself how pixels enter: \(pixel - 127\.5\) \/ 127\.5/);
  for (const wrong of ['tensorflow', '1:0', '1,2:3', '1:2:3', ':', '1,2,3,4:5']) assert.throws(() => inputNormalization(wrong), /MEAN:DEVIATION/);
});

test('what is not known is named with its layer and its shape', () => {
  const refused = (nodes: NodeDescription[], message: RegExp, more: Partial<OnnxDescription> = {}): void => assert.throws(() => read({ nodes, tensors: { ...embeddingWeights, k: floats([3, 3, 3, 3], values(81)), half: floats([3, 1, 3, 3], values(27)), rows: floats([1, 1, 4, 1], values(4)) }, ...more }), message);
  refused([node('HardSwish', ['x'], 'z'), ...end('z')], /Layer \/z\/HardSwish \(HardSwish, on 4 x 4 x 3\) of net\.onnx is an operation that is not known here/);
  refused([node('MaxPool', ['x'], 'z'), ...end('z')], /\(MaxPool, on 4 x 4 x 3\)/);
  refused([node('Conv', ['x', 'k'], 'z', { dilations: [2, 2] }), ...end('z')], /is dilated/);
  refused([node('Conv', ['x', 'k'], 'z', { group: 2 }), ...end('z')], /has 2 groups of kernels/);
  refused([node('Conv', ['x', 'k'], 'z', { strides: [1, 2] }), ...end('z')], /has strides of 1 and 2/);
  refused([node('Sigmoid', ['x'], 's'), node('Mul', ['x', 's'], 'z'), ...end('z')], /Sigmoid/);
  refused([node('Relu', ['x'], 's'), node('Mul', ['x', 's'], 'z'), ...end('z')], /combines two maps by something else than addition/);
  refused([node('Mul', ['x', 'rows'], 'z'), ...end('z')], /values of \[1, 1, 4, 1\]/);
  refused(end('x'), /takes \[1, 3, 0, 0\] \(0 stands for a size that is left open\), not one square RGB picture/, { input: [1, 3, 'height', 'width'] });
  refused(end('x'), /is one of 2 outputs: y, flat/, { outputs: ['y', 'flat'] });
  refused([node('Relu', ['x'], 'y')].slice(0, 1), /Layer nothing \(output\) of net\.onnx is no embedding of the picture/, { outputs: ['nothing'] });
});
