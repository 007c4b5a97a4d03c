import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldBatchNormalization } from '../../../../src/network/fold-batch-normalization';
import { inferenceNetwork } from '../../../../src/network/formats/inference-network';
import { percentileRange } from '../../../../src/network/formats/tflite/calibration';
import { activationQuantization, quantizeBias, quantizeWeight } from '../../../../src/network/formats/tflite/quantization';
import { decodeTflite } from '../../../../src/network/formats/tflite/tflite-decode';
import { encodeTflite } from '../../../../src/network/formats/tflite/tflite-encode';
import { lowerToTflite } from '../../../../src/network/formats/tflite/tflite-lowering';
import type { TfliteModel, TfliteOperator, TfliteTensor } from '../../../../src/network/formats/tflite/tflite-model';
import { operators, type OperatorDefinition, type OperatorName } from '../../../../src/network/formats/tflite/tflite-schema';
import { createNetwork } from '../../../../src/network/mobilefacenet';
import { trainedLikeWeights } from '../../../support/trained-weights';

const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

const tensor: fc.Arbitrary<TfliteTensor> = fc.record({
  name: fc.string(),
  shape: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
  freeBatch: fc.boolean(),
  type: fc.constantFrom('float32', 'int32', 'int8'),
  data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  quantization: fc.record({ scales: fc.array(float, { minLength: 1, maxLength: 4 }), zeroPoints: fc.array(fc.integer(), { maxLength: 4 }), dimension: fc.nat(3) }),
}, { requiredKeys: ['name', 'shape', 'freeBatch', 'type'] });

const operator: fc.Arbitrary<TfliteOperator> = fc.constantFrom(...(Object.keys(operators) as OperatorName[])).chain((op) => {
  const definition: OperatorDefinition = operators[op];
  const options = Object.entries(definition.options).map(([name, { type }]) => [name, type === 'float' ? float : fc.integer({ min: 0, max: 100 })] as const);
  const indices = fc.array(fc.nat(100), { maxLength: 4 });
  return fc.record({ op: fc.constant(op), version: fc.integer({ min: 1, max: 9 }), inputs: indices, outputs: indices, options: fc.record(Object.fromEntries(options)) });
});

const model: fc.Arbitrary<TfliteModel> = fc.record({
  description: fc.string(),
  tensors: fc.array(tensor, { maxLength: 6 }),
  operators: fc.array(operator, { maxLength: 6 }),
  input: fc.nat(5),
  output: fc.nat(5),
  signature: fc.record({ input: fc.string(), output: fc.string() }),
  metadata: fc.dictionary(fc.string(), fc.uint8Array({ minLength: 1, maxLength: 20 })).map((entries) => new Map(Object.entries(entries))),
});

const plain = (value: TfliteModel): unknown => JSON.parse(JSON.stringify({ ...value, metadata: [...value.metadata] }));

test('a TensorFlow Lite model reads back as it was written', () => {
  fc.assert(fc.property(model, (written) => {
    assert.deepEqual(plain(decodeTflite(encodeTflite(written))), plain(written));
  }), { numRuns: 60 });
});

test('constants are aligned to 16 bytes in the file', () => {
  const folded = inferenceNetwork(...smallNetwork());
  const bytes = encodeTflite(lowerToTflite(folded, { kind: 'float32' }, new Map()));
  const kernel = folded.weights.get('conv_1/bias')?.data ?? new Float32Array();
  const at = Buffer.from(bytes).indexOf(Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength));
  assert.ok(at > 0);
  // The file is mapped as a whole, so that alignment counts from its beginning.
  assert.equal(at % 16, 0);
});

test('what is no TensorFlow Lite model, or is cut off, is refused', () => {
  assert.throws(() => decodeTflite(Buffer.from('not a model at all')), /does not begin as a TensorFlow Lite model/);
  assert.throws(() => decodeTflite(new Uint8Array(3)), /does not begin/);
});

test('quantized values are within half a step of the real ones', () => {
  const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(values, fc.constantFrom(0, 1, undefined), (list, dimension) => {
    const weight = { shape: [2, 4], data: Float32Array.from(list) };
    const { data, quantization } = quantizeWeight(weight, dimension);
    data.forEach((stored, i) => {
      const group = dimension === undefined ? 0 : dimension === 0 ? Math.floor(i / 4) : i % 4;
      const scale = quantization.scales[group] ?? NaN;
      assert.ok(Math.abs(stored * scale - (weight.data[i] ?? 0)) <= scale * 0.5001, `${stored} * ${scale} for ${weight.data[i]}`);
    });
  }));
});

test('0 is exact in every activation, and the range is covered', () => {
  const bound = fc.double({ min: -1000, max: 1000, noNaN: true });
  fc.assert(fc.property(bound, bound, (a, b) => {
    const [min, max] = [Math.min(a, b), Math.max(a, b)];
    const { scales: [scale = NaN], zeroPoints: [zero = NaN] } = activationQuantization({ min, max });
    assert.ok(Number.isInteger(zero) && zero >= -128 && zero <= 127);
    const low = scale * (-128 - zero);
    const high = scale * (127 - zero);
    assert.ok(low <= Math.min(0, min) + scale && high >= Math.max(0, max) - scale);
  }));
});

test('a bias has the scale of the products that it is added to', () => {
  const { data, quantization } = quantizeBias(Float32Array.of(1, -0.5), 0.5, [0.01, 0.02]);
  assert.deepEqual([...data], [200, -50]);
  assert.deepEqual(quantization.scales, [Math.fround(0.005), Math.fround(0.01)]);
});

test('a percentile leaves rare values outside', () => {
  const counts = new Float64Array(100).fill(0);
  counts.fill(100, 20, 60);
  counts[0] = 1;
  counts[99] = 1;
  assert.deepEqual(percentileRange({ range: { min: 0, max: 100 }, counts }, 100), { min: 0, max: 100 });
  assert.deepEqual(percentileRange({ range: { min: 0, max: 100 }, counts }, 99.9), { min: 20, max: 60 });
});

test('dynamic range keeps small kernels as they are and stores the others in a byte', () => {
  const folded = inferenceNetwork(...smallNetwork());
  const { tensors } = lowerToTflite(folded, { kind: 'dynamic' }, new Map());
  const constants = tensors.filter(({ data, name }) => data && /kernel$/.test(name));
  const elements = ({ shape }: TfliteTensor): number => shape.reduce((product, size) => product * size, 1);
  assert.ok(constants.some((constant) => constant.type === 'int8') && constants.some((constant) => constant.type === 'float32'));
  for (const constant of constants) assert.equal(constant.type, elements(constant) >= 1024 ? 'int8' : 'float32', constant.name);
});

test('a layer that was not calibrated is named', () => {
  const folded = foldBatchNormalization(...smallNetwork());
  const ranges = new Map([['input', { min: -1, max: 1 }]]);
  assert.throws(() => lowerToTflite(folded, { kind: 'int8', ranges, io: 'int8' }, new Map()), /Layer conv_1 was not calibrated/);
});

function smallNetwork(): Parameters<typeof inferenceNetwork> {
  const spec = createNetwork('paper', { imageSize: 64, alpha: 0.25, embeddingLength: 32 });
  return [spec, trainedLikeWeights(spec)];
}
