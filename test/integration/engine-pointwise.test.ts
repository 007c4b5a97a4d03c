import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/network/graph/graph-builder';
import { conv2d } from '../../src/network/graph/operations';
import { engineTests } from '../support/engine';

const engineTest = engineTests({ kind: 'native' });

/** Channels at which oneDNN ends the process on some processors. */
const input = 512;
const output = 1024;
const side = 4;
const places = side * side;

/** Whole numbers, so that sums are exact in any order. */
const x = Float32Array.from({ length: places * input }, (_, i) => (i * 7) % 5);
const kernel = Float32Array.from({ length: input * output }, (_, i) => ((i * 11) % 7) - 3);

function product(): number[] {
  const sums = Array.from({ length: places * output }, () => 0);
  for (let place = 0; place < places; place++) {
    for (let channel = 0; channel < input; channel++) {
      const value = x[place * input + channel] as number;
      for (let filter = 0; filter < output; filter++) (sums[place * output + filter] as number) += value * (kernel[channel * output + filter] as number);
    }
  }
  return sums;
}

engineTest('a wide 1x1 convolution runs in a graph on every processor', async (engine) => {
  const g = new GraphBuilder();
  const pixels = g.placeholder('x', [-1, side, side, input]);
  const maps = conv2d(g, pixels, g.constant({ dtype: 'float32', shape: [1, 1, input, output], data: kernel }, 'kernel'), 1, 'same');
  assert.deepEqual(maps.shape, [-1, side, side, output]);
  const session = engine.openSession(g.build());
  const [result] = await session.run({ x: { dtype: 'float32', shape: [1, side, side, input], data: x } }, [maps.ref]);
  session.close();
  assert.deepEqual(result?.shape, [1, side, side, output]);
  assert.deepEqual(Array.from(result.data, Number), product());
});

engineTest('a wide 1x1 convolution runs in TensorFlow.js on every processor', async (engine) => {
  const tf = await engine.tensorflowJs();
  const [pixels, filters] = [tf.tensor4d(x, [1, side, side, input]), tf.tensor4d(kernel, [1, 1, input, output])];
  const result = tf.conv2d(pixels, filters, 1, 'same');
  assert.deepEqual(result.shape, [1, side, side, output]);
  assert.deepEqual(Array.from(await result.data()), product());
  tf.dispose([pixels, filters, result]);
});
