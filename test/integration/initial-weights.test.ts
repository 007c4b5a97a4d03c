import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNetwork } from '../../src/network/mobilefacenet';
import { initialWeights } from '../../src/network/weight-definitions';
import { pythonWith, runPython } from '../support/python';

/** The first weight of each layer as Keras makes it, and its largest magnitude. */
const keras = `
import json, sys
import numpy as np
import keras
keras.utils.set_random_seed(1)
kinds = {"kernel": lambda s: keras.layers.Conv2D(s[3], s[0], use_bias=False) if len(s) == 4 else keras.layers.Dense(s[1]), "depthwise_kernel": lambda s: keras.layers.DepthwiseConv2D(s[0], use_bias=False)}
def largest(name, shape):
    layer = kinds[name.split("/")[1]](shape)
    layer.build((None, 16, 16, shape[2]) if len(shape) == 4 else (None, shape[0]))
    weight = np.asarray(layer.get_weights()[0])
    return list(weight.shape), float(np.abs(weight).max())
print(json.dumps({name: largest(name, shape) for name, shape in json.loads(sys.argv[1]).items()}))
`;

/** Of several thousand uniform values the largest is this close to the limit. */
const tolerance = 0.02;

test('kernels of each kind are as large at the start as Keras makes them', async (context) => {
  const python = pythonWith('tensorflow', 'numpy');
  if (python.missing !== undefined) return context.skip(python.missing);
  const weights = initialWeights(createNetwork('k210-full'), 1);
  const names = ['conv_1/kernel', 'block_7_dw/depthwise_kernel', 'block_7_pw/kernel', 'gdconv/depthwise_kernel', 'embedding/kernel'];
  const shapes = Object.fromEntries(names.map((name) => [name, weights.get(name)?.shape]));
  const theirs = await runPython<Record<string, [shape: number[], largest: number]>>(python.interpreter, keras, { args: [JSON.stringify(shapes)] });
  for (const [name, [shape, expected]] of Object.entries(theirs)) {
    const weight = weights.get(name);
    assert.deepEqual(weight?.shape, shape, name);
    const largest = weight?.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0) ?? NaN;
    assert.ok(Math.abs(largest / expected - 1) < tolerance, `${name}: ${largest} here, ${expected} in Keras`);
  }
});
