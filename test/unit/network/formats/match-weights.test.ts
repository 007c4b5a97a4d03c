import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import type { NamedWeights } from '../../../../src/network/formats/import/imported-model';
import { matchWeights } from '../../../../src/network/formats/import/match-weights';
import { createNetwork } from '../../../../src/network/mobilefacenet';
import { initialWeights, weightDefinitions } from '../../../../src/network/weight-definitions';

const spec = createNetwork('k210-s', { imageSize: 64, alpha: 0.25, embeddingLength: 16 });

/** The weights of a network as a file lists them: by layer. */
function asInFile(): Map<string, { name: string; weight: NamedWeights[number]['weight'] }[]> {
  const layers = new Map<string, { name: string; weight: NamedWeights[number]['weight'] }[]>();
  const weights = initialWeights(spec, 1);
  for (const { name, layer } of weightDefinitions(spec)) {
    const weight = weights.get(name);
    if (weight) layers.set(layer, [...(layers.get(layer) ?? []), { name: name.slice(layer.length + 1), weight }]);
  }
  return layers;
}

test('weights of a file go to the layers of their names; layers beside the network are left alone', () => {
  const layers = asInFile();
  layers.set('softmax', [{ name: 'kernel', weight: { shape: [1], data: Float32Array.of(1) } }]);
  assert.deepEqual(matchWeights(spec, layers, 'a.h5'), initialWeights(spec, 1));
});

test('a weight that a layer of the network does not have is named, rather than left out of the computation', () => {
  const layers = asInFile();
  layers.get('conv_1')?.push({ name: 'bias', weight: { shape: [16], data: new Float32Array(16) } });
  assert.throws(() => matchWeights(spec, layers, 'a.h5'), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, 'Layer conv_1 of a.h5 has a bias [16], which this layer does not have here.');
    return true;
  });
});
