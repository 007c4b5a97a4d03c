import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { engineTests } from '../support/engine';
import { assertClose } from '../support/operation-checks/comparison';
import { OperationSample, type Tf } from '../support/operation-checks/operation-check';

const wasmTest = engineTests({ kind: 'wasm' });

type Operation = (tf: Tf, a: tfjs.Tensor4D, b: tfjs.Tensor4D) => tfjs.Tensor;

/**
 * Compares gradients with differences of the function. All these functions are linear in each input, so that
 * differences over a step of 1 are exact up to rounding.
 */
function assertGradients(tf: Tf, operation: Operation, shapes: readonly [number[], number[]]): void {
  tf.tidy(() => {
    const sample = new OperationSample(tf);
    const inputs = [sample.random(shapes[0]), sample.random(shapes[1], 2)] as [tfjs.Tensor4D, tfjs.Tensor4D];
    const weights = sample.random(operation(tf, ...inputs).shape, 3);
    const loss = (a: tfjs.Tensor, b: tfjs.Tensor): tfjs.Scalar =>
      operation(tf, a as tfjs.Tensor4D, b as tfjs.Tensor4D).mul(weights).sum();
    const gradients = tf.grads(loss)(inputs);
    for (const [i, gradient] of gradients.entries()) {
      const numeric = differences(tf, inputs[i as 0 | 1], (moved) => (i === 0 ? loss(moved, inputs[1]) : loss(inputs[0], moved)));
      assertClose(Array.from(gradient.dataSync()), numeric);
    }
  });
}

function differences(tf: Tf, x: tfjs.Tensor, loss: (moved: tfjs.Tensor) => tfjs.Scalar): number[] {
  const values = x.dataSync();
  const valueAt = (index: number, step: number): number =>
    tf.tidy(() => {
      const moved = values.slice();
      moved[index] = (moved[index] ?? 0) + step;
      return loss(tf.tensor(moved, x.shape)).dataSync()[0] ?? NaN;
    });
  return Array.from(values, (_, index) => (valueAt(index, 0.5) - valueAt(index, -0.5)));
}

for (const kernel of [1, 3]) {
  for (const strides of [1, 2]) {
    for (const padding of ['same', 'valid'] as const) {
      for (const length of [5, 6]) {
        const name = `${kernel}x${kernel}/${strides} ${padding} of ${length}`;
        wasmTest(`conv2d gradient ${name}`, async (engine) => {
          assertGradients(await engine.tensorflowJs(), (tf, x, w) => tf.conv2d(x, w, strides, padding), [[1, length, length, 2], [kernel, kernel, 2, 3]]);
        });
        wasmTest(`depthwise gradient ${name}`, async (engine) => {
          assertGradients(await engine.tensorflowJs(), (tf, x, w) => tf.depthwiseConv2d(x, w, strides, padding), [[1, length, length, 3], [kernel, kernel, 3, 1]]);
        });
      }
    }
  }
}

wasmTest('conv2d gradient with explicit padding', async (engine) => {
  const padding: [[number, number], [number, number], [number, number], [number, number]] = [[0, 0], [1, 2], [0, 1], [0, 0]];
  assertGradients(await engine.tensorflowJs(), (tf, x, w) => tf.conv2d(x, w, 2, padding), [[1, 5, 6, 2], [3, 3, 2, 2]]);
});

wasmTest('conv2dTranspose gradient', async (engine) => {
  assertGradients(await engine.tensorflowJs(), (tf, x, w) => tf.conv2dTranspose(x, w, [1, 6, 6, 3], 2, 'same'), [[1, 3, 3, 2], [3, 3, 3, 2]]);
});

wasmTest('gather gradient', async (engine) => {
  assertGradients(await engine.tensorflowJs(), (tf, x, w) => tf.gather(x, tf.tensor1d([0, 2, 2], 'int32')).mul(w), [[3, 1, 2, 2], [1, 1, 1, 1]]);
});

wasmTest('what has no right gradient is refused', async (engine) => {
  const tf = await engine.tensorflowJs();
  const sample = new OperationSample(tf);
  const gradientsOf = (f: (x: tfjs.Tensor, w: tfjs.Tensor) => tfjs.Tensor, x: number[], w: number[]): (() => void) => () =>
    tf.tidy(() => void tf.grads((a, b) => f(a, b).sum())([sample.random(x), sample.random(w)]));
  const depthMultiplier2 = gradientsOf((x, w) => tf.depthwiseConv2d(x as tfjs.Tensor4D, w as tfjs.Tensor4D, 1, 'same'), [1, 4, 4, 2], [3, 3, 2, 2]);
  const dilated = gradientsOf((x, w) => tf.depthwiseConv2d(x as tfjs.Tensor4D, w as tfjs.Tensor4D, 1, 'same', 'NHWC', 2), [1, 6, 6, 2], [3, 3, 2, 1]);
  const conv3d = gradientsOf((x, w) => tf.conv3d(x as tfjs.Tensor5D, w as tfjs.Tensor5D, 1, 'same'), [1, 4, 4, 4, 2], [2, 2, 2, 2, 2]);
  assert.throws(depthMultiplier2, /depth multiplier 2/);
  assert.throws(dilated, /dilat/);
  assert.throws(conv3d, /3-D convolution/);
});

wasmTest('a small network learns', async (engine) => {
  const tf = await engine.tensorflowJs();
  const sample = new OperationSample(tf);
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [12, 12, 3], filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false, kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }),
      tf.layers.batchNormalization(),
      tf.layers.prelu({ sharedAxes: [1, 2] }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthwiseInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
  const x = sample.random([16, 12, 12, 3]);
  const y = tf.tidy(() => x.slice([0, 0, 0, 0], [16, 12, 12, 1]).mean([1, 2]).mul(5));
  const losses: number[] = [];
  for (let step = 0; step < 15; step++) losses.push((await model.trainOnBatch(x, y)) as number);
  assert.ok((losses.at(-1) ?? NaN) < (losses[0] ?? NaN), losses.join(' '));
  model.dispose();
  tf.dispose([x, y]);
});
