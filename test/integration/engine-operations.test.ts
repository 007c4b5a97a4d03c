import assert from 'node:assert/strict';
import type { Engine } from '../../src/engine/engine';
import { assertClose, assertSameResults, computeOn } from '../support/operation-checks/comparison';
import { convolutionChecks } from '../support/operation-checks/convolution-checks';
import { elementwiseChecks } from '../support/operation-checks/elementwise-checks';
import { imageChecks } from '../support/operation-checks/image-checks';
import { knownFailures } from '../support/operation-checks/known-failures';
import { lossChecks } from '../support/operation-checks/loss-checks';
import { OperationSample, type Tf } from '../support/operation-checks/operation-check';
import { shapeChecks } from '../support/operation-checks/shape-checks';
import { engineTests } from '../support/engine';

const engineTest = engineTests({ kind: 'native' });
const native = 'tensorflow';

function operationTest(name: string, body: (tf: Tf, engine: Engine) => void | Promise<void>): void {
  engineTest(name, async (engine) => body(await engine.tensorflowJs(), engine));
}

for (const check of [...convolutionChecks, ...elementwiseChecks, ...shapeChecks, ...imageChecks, ...lossChecks]) {
  operationTest(`${check.name} equals the JavaScript backend`, (tf) => {
    assertSameResults(computeOn(tf, native, check), computeOn(tf, 'cpu', check));
  });
}

for (const { check, reason } of knownFailures) {
  operationTest(`${check.name} still fails: ${reason}`, (tf) => {
    assert.throws(() => computeOn(tf, native, check));
  });
}

// The JavaScript backend is wrong at the edges here, so differences of the function itself are the reference.
operationTest('avgPool gradient same/1 equals finite differences', (tf) => {
  tf.tidy(() => {
    const sample = new OperationSample(tf);
    const x = sample.random([1, 4, 4, 2]);
    const pool = (input: typeof x): ReturnType<Tf['avgPool']> => tf.avgPool(input, 2, 1, 'same') as ReturnType<Tf['avgPool']>;
    const loss = (values: Float32Array): number => pool(tf.tensor4d(values, x.shape)).mul(0.5).square().sum().dataSync()[0] ?? NaN;
    const step = 1e-2;
    const numeric = Array.from(x.dataSync(), (_, k) => {
      const [above, below] = [x.dataSync().slice() as Float32Array, x.dataSync().slice() as Float32Array];
      above[k] = (above[k] ?? 0) + step;
      below[k] = (below[k] ?? 0) - step;
      return (loss(above) - loss(below)) / (2 * step);
    });
    const [gradient] = sample.gradients((input) => pool(input), [x]);
    assertClose(Array.from(gradient?.dataSync() ?? []), numeric);
  });
});

for (const name of ['sgd', 'momentum', 'adam', 'rmsprop', 'adagrad', 'adadelta', 'adamax'] as const) {
  operationTest(`optimizer ${name} lowers the loss`, (tf) => {
    const optimizer = name === 'momentum' ? tf.train.momentum(0.05, 0.9) : tf.train[name](name === 'adadelta' ? 1 : 0.05);
    tf.tidy(() => {
      const sample = new OperationSample(tf);
      const w = tf.variable(sample.random([3, 1]));
      const x = sample.random([16, 3], 4);
      const y = x.matMul(tf.tensor2d([[1], [-2], [0.5]]));
      const loss = (): ReturnType<typeof y.asScalar> => tf.losses.meanSquaredError(y, x.matMul(w)).asScalar();
      const before = loss().dataSync()[0] ?? NaN;
      for (let i = 0; i < 40; i++) optimizer.minimize(loss, false, [w]);
      const after = loss().dataSync()[0] ?? NaN;
      assert.ok(after < before, `${before} -> ${after}`);
    });
    optimizer.dispose();
  });
}

operationTest('nothing leaks in 50 convolutions', (tf) => {
  const before = tf.memory().numTensors;
  const sample = new OperationSample(tf);
  for (let i = 0; i < 50; i++) tf.tidy(() => tf.conv2d(sample.random([1, 9, 9, 3]), sample.random([3, 3, 3, 4]), 1, 'same').sum().dataSync());
  assert.equal(tf.memory().numTensors, before);
});

operationTest('random operations give values in range', (tf) => {
  tf.tidy(() => {
    assert.ok(tf.randomNormal([99]).dataSync().every(Number.isFinite));
    assert.ok(tf.truncatedNormal([99]).dataSync().every((value) => Math.abs(value) <= 2));
    assert.ok(tf.multinomial(tf.tensor1d([0.1, 0.9]).log(), 9).dataSync().every((value) => value === 0 || value === 1));
    assert.ok(tf.dropout(tf.ones([99]), 0.5).dataSync().every((value) => value === 0 || value === 2));
  });
});

operationTest('bool, string and complex tensors keep their values', (tf) => {
  tf.tidy(() => {
    assert.deepEqual([...tf.tensor([1, 0], [2], 'bool').dataSync()], [1, 0]);
    const long = 'long enough to lie outside the string structure itself';
    assert.deepEqual(Array.from<unknown>(tf.tensor(['a', long], [2], 'string').dataSync()), ['a', long]);
    assert.deepEqual([...tf.complex([1], [2]).dataSync()], [1, 2]);
  });
});
