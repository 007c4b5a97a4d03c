import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InspectedBuffer, InspectedLayer } from '../../../src/protocol/kmodel-inspection';
import { memoryUse } from '../../../webview/kmodel/memory-use';
import { costliestRow, foldLayers, timeOf, withTimesSigns } from '../../../webview/kmodel/rows';

const layer = (index: number, title: string, estimatedMs: number, others: Partial<InspectedLayer> = {}): InspectedLayer => ({
  index, kind: 'conv', title, shape: '', output: `${index} x 1`, parameterBytes: 100, unit: 'kpu', estimatedMs, ...others,
});

describe('rows of the layer table', () => {
  const layers = [
    layer(0, 'conv 3x3, /2', 1), layer(1, 'conv 1x1', 2, { kpuLines: 10, signalToNoiseDb: 40 }), layer(2, 'conv 1x1', 2, { kpuLines: 30, signalToNoiseDb: 31 }), layer(3, 'depthwise 3x3', 1),
    layer(4, 'conv 1x1', 2), layer(5, 'conv 1x1', 2), layer(6, 'depthwise 3x3', 1), layer(7, 'fully connected', 4, { kind: 'fullyConnected', unit: 'cpu' }),
  ];
  const rows = foldLayers({ layers, repeats: [{ firstLayer: 1, lastLayer: 6, period: 3 }] });

  test('fold what repeats and add it up', () => {
    assert.deepEqual(rows.map(({ first, last, title }) => [first, last, title]), [[0, 0, 'conv 3x3, /2'], [1, 6, '2 × 2 conv 1x1, depthwise 3x3'], [7, 7, 'fully connected']]);
    const [, group] = rows;
    assert.deepEqual({ ...group, layers: group?.layers.length }, { first: 1, last: 6, title: '2 × 2 conv 1x1, depthwise 3x3', output: '6 x 1', parameterBytes: 600, kpuLines: 30, signalToNoiseDb: 31, kpuMs: 10, cpuMs: 0, layers: 6 });
    assert.equal(rows.reduce((sum, row) => sum + timeOf(row), 0), 15);
  });

  test('the costliest is a group when its layers together take most', () => assert.equal(costliestRow(rows)?.first, 1));
  test('none is costliest of nothing', () => assert.equal(costliestRow([]), undefined));
  test('sizes get their sign', () => assert.equal(withTimesSigns('conv 3x3, 56 x 56 x 64, box'), 'conv 3 × 3, 56 × 56 × 64, box'));
});

describe('use of the KPU\'s memory', () => {
  const mib = 1024 * 1024;
  const buffer = (fromByte: number, toByte: number, birth: number, death: number): InspectedBuffer => ({ memory: 'kpu', fromByte, toByte, birth, death });

  test('counts what lives at the same time, and what nobody touches', () => {
    const use = memoryUse([buffer(0, 1000, -1, 0), buffer(2 * mib - 3000, 2 * mib, 0, 2), buffer(500, 2500, 1, 2), buffer(0, 100, 3, 3)], 4);
    assert.deepEqual(use, { peakBytes: 5000, peakFirst: 1, peakLast: 2, unusedBytes: 2 * mib - 5500, largestGap: { fromByte: 2500, toByte: 2 * mib - 3000 } });
  });

  test('is nothing of a model that leaves it alone', () => {
    assert.deepEqual(memoryUse([], 2), { peakBytes: 0, peakFirst: 0, peakLast: 1, unusedBytes: 2 * mib, largestGap: { fromByte: 0, toByte: 2 * mib } });
  });
});
