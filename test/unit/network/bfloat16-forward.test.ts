import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addNetwork } from '../../../src/network/forward';
import { GraphBuilder } from '../../../src/network/graph/graph-builder';
import { createNetwork, networkNames } from '../../../src/network/mobilefacenet';

for (const name of networkNames) {
  test(`${name} in bfloat16: oneDNN gets no odd number of bfloat16 channels, whose last one it pairs with unwritten memory`, () => {
    const g = new GraphBuilder();
    const images = g.placeholder('images', [4, 112, 112, 3]);
    const seed = g.placeholder('seed', [2], 'int32');
    addNetwork(g, createNetwork(name), images, {
      weight: (weight, shape) => g.placeholder(weight, shape), imageType: 'bfloat16', training: { seed, updateWeight: () => undefined },
    });
    const convolutions = g.records.filter(({ node }) => node.op === 'Conv2D').map(({ inputs: [x, kernel] }) => ({ dtype: x?.dtype, channels: kernel?.shape[2] ?? 0 }));
    assert.ok(convolutions.some(({ dtype }) => dtype === 'bfloat16'));
    assert.deepEqual(convolutions.filter(({ dtype, channels }) => dtype === 'bfloat16' && channels % 2 !== 0), []);
  });
}
