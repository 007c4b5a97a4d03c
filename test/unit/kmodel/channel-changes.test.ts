import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { changeChannels, changeStatistics, linkedMaps, type ChannelChange } from '../../../src/kmodel/compiler/channel-changes';
import type { DeviceGraph } from '../../../src/kmodel/compiler/device-graph';
import { importNetwork } from '../../../src/kmodel/compiler/import-network';
import { createNetwork, networkNames, type NetworkName } from '../../../src/network/mobilefacenet';
import { initialWeights } from '../../../src/network/weight-definitions';

function imported(name: NetworkName): DeviceGraph {
  const spec = createNetwork(name, { imageSize: 64, alpha: 0.25 });
  return importNetwork(spec, initialWeights(spec, 1));
}

test('maps that an addition joins are linked, and by order also both sides of a depthwise convolution', () => {
  const graph = imported('paper');
  const groupOf = (link: 'order' | 'scale', name: string): readonly string[] => linkedMaps(graph, link).find((group) => group.includes(name)) ?? [];
  assert.deepEqual([...groupOf('order', 'block_2_expand')].sort(), ['block_2_dw', 'block_2_expand']);
  assert.deepEqual(groupOf('scale', 'block_2_expand'), ['block_2_expand']);
  assert.ok(groupOf('scale', 'block_1_project').includes('block_5_project'));
  assert.deepEqual(groupOf('order', graph.nodes.at(-1)?.name ?? ''), []);
  assert.deepEqual(groupOf('order', 'input'), []);
});

test('a change and its inverse give the network back, and statistics move with their channels', () => {
  const random = new SeededRandom(4, 'changes');
  for (const name of networkNames) {
    const graph = imported(name);
    const changes = new Map<string, ChannelChange>();
    const inverses = new Map<string, ChannelChange>();
    for (const group of linkedMaps(graph, 'order')) {
      const channels = graph.nodes.find((node) => node.name === group[0])?.output.channels ?? 0;
      const order = Uint16Array.from(Array.from({ length: channels }, (_, i) => i).sort(() => random.between(-1, 1)));
      const factors = Float32Array.from({ length: channels }, () => 2 ** (random.below(5) - 2));
      const back = new Uint16Array(channels);
      order.forEach((from, to) => (back[from] = to));
      for (const map of group) {
        changes.set(map, { order, factors });
        inverses.set(map, { order: back, factors: Float32Array.from(back, (i) => 1 / (factors[i] as number)) });
      }
    }
    const changed = changeChannels(graph, changes);
    assert.notDeepEqual(changed.nodes[1]?.weights, graph.nodes[1]?.weights);
    assert.deepEqual(changeChannels(changed, inverses), graph);
  }
  const each = (...values: number[]): Float32Array => Float32Array.from(values);
  const statistics = {
    minimum: -3, maximum: 3, samples: each(1, 2, 3), sampleChannels: Uint16Array.of(0, 1, 2),
    channels: { minimum: each(-1, -2, -3), maximum: each(1, 2, 3), mean: each(0, 0.5, 1), power: each(1, 4, 9) },
  };
  const moved = changeStatistics(statistics, { order: Uint16Array.of(2, 0, 1), factors: each(2, 1, 1) });
  assert.deepEqual(moved.channels.maximum, each(6, 1, 2));
  assert.deepEqual(moved.channels.power, each(36, 1, 4));
  assert.deepEqual(moved.samples, each(1, 2, 6));
  assert.deepEqual(moved.sampleChannels, Uint16Array.of(1, 2, 0));
  assert.equal(moved.minimum, -6);
});
