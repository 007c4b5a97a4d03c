import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { createNetwork } from '../../../../src/network/mobilefacenet';
import type { Weight } from '../../../../src/network/network-spec';
import { initialWeight, initialWeights } from '../../../../src/network/weight-definitions';
import { headKindSchema, type HeadKind } from '../../../../src/protocol/run';
import { createHead } from '../../../../src/training/heads/create-head';
import { headSettings } from '../../../../src/training/heads/head-settings';
import { headVariables, type HeadVariable } from '../../../../src/training/heads/head-weights';
import { readIdentities, writeIdentities } from '../../../../src/training/lineage/identity-list';
import { takeOverHead, takeOverNetwork } from '../../../../src/training/lineage/take-over';

const embeddingLength = 4;
const known = ['ann', 'bob', 'cid', 'dan'];
const others = ['dan', 'eve', 'ann'];

function variablesOf(kind: HeadKind, identities: number, sampled?: number): HeadVariable[] {
  return headVariables(createHead(headSettings.parse({ kind }), identities), { embeddingLength, identities, sampled });
}

function newValues(variables: readonly HeadVariable[], seed: number): Map<string, Weight> {
  return new Map(variables.map((variable) => [variable.name, initialWeight(variable, seed)]));
}

/** Centre `part` of an identity, read by the definition of each layout. */
function centre(variable: HeadVariable, { data, shape }: Weight, identities: number, identity: number, part: number): number[] {
  if (variable.layout === 'rows') {
    const width = shape[1] ?? 0;
    return [...data.subarray(identity * width + part * embeddingLength, identity * width + (part + 1) * embeddingLength)];
  }
  const columns = shape[1] ?? 0;
  return Array.from({ length: embeddingLength }, (_, k) => data[k * columns + (identity * columns) / identities + part] ?? NaN);
}

describe('taking over a head', () => {
  const layouts: readonly (readonly [number | undefined, number | undefined])[] = [[undefined, undefined], [2, undefined], [undefined, 2], [2, 2]];
  for (const from of headKindSchema.options) {
    for (const to of headKindSchema.options) {
      const meansTheSame = (from === 'softmax') === (to === 'softmax') && (from === 'subcenter-arcface') === (to === 'subcenter-arcface');
      test(`${from} to ${to}: ${meansTheSame ? 'identities of the same name are kept' : 'a new head'}`, () => {
        for (const [sampledBefore, sampledNow] of layouts) {
          const [before, now] = [variablesOf(from, known.length, sampledBefore), variablesOf(to, others.length, sampledNow)];
          const [parentValues, fresh, values] = [newValues(before, 1), newValues(now, 2), newValues(now, 2)];
          const counts = takeOverHead(parentValues, { head: from, identities: known }, { head: to, identities: others }, now, values);
          assert.deepEqual(counts, meansTheSame ? { identitiesKept: 2, identitiesNew: 1 } : { identitiesKept: 0, identitiesNew: 3 });
          const [source, target] = [before[0], now[0]];
          assert.ok(source && target);
          const [parentKernel, freshKernel, kernel] = [parentValues.get(source.name), fresh.get(target.name), values.get(target.name)];
          assert.ok(parentKernel && freshKernel && kernel);
          for (let part = 0; part < (to === 'subcenter-arcface' ? 3 : 1); part++) {
            others.forEach((name, identity) => {
              const label = meansTheSame ? known.indexOf(name) : -1;
              const expected = label < 0 ? centre(target, freshKernel, others.length, identity, part) : centre(source, parentKernel, known.length, label, part);
              assert.deepEqual(centre(target, kernel, others.length, identity, part), expected, `${name}, centre ${part}`);
            });
          }
        }
      });
    }
  }

  test('AdaFace keeps its statistics of the norms, and without names the head is new', () => {
    const variables = variablesOf('adaface', 4);
    const parentValues = newValues(variables, 1);
    parentValues.set('head/norm_mean', { shape: [], data: Float32Array.of(3) });
    const values = newValues(variables, 2);
    takeOverHead(parentValues, { head: 'adaface', identities: known }, { head: 'adaface', identities: known }, variables, values);
    assert.deepEqual(values, parentValues);
    const counts = takeOverHead(parentValues, { head: 'adaface', identities: undefined }, { head: 'adaface', identities: known }, variables, values);
    assert.deepEqual(counts, { identitiesKept: 0, identitiesNew: 4 });
  });
});

describe('taking over a network', () => {
  const spec = createNetwork('k210-s', { imageSize: 112, alpha: 0.25 });
  const refusal = (values: Map<string, Weight>): string => {
    try {
      takeOverNetwork(values, spec, 'parent', 'Do that.');
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.message;
    }
    return '';
  };

  test('another size of picture, width, embedding or network is refused with the weight and both shapes', () => {
    assert.equal(refusal(initialWeights(spec, 1)), '');
    assert.match(refusal(initialWeights(createNetwork('k210-s', { imageSize: 128, alpha: 0.25 }), 1)), /weight gdconv\/depthwise_kernel is \[8, 8, 32, 1\] there and \[7, 7, 32, 1\] here/);
    assert.match(refusal(initialWeights(createNetwork('k210-s', { alpha: 0.5 }), 1)), /weight conv_1\/kernel is \[3, 3, 3, 32\] there and \[3, 3, 3, 16\] here/);
    assert.match(refusal(initialWeights(createNetwork('k210-s', { alpha: 0.25, embeddingLength: 64 }), 1)), /weight embedding\/kernel is \[32, 64\] there and \[32, 128\] here/);
    assert.match(refusal(initialWeights(createNetwork('paper', { alpha: 0.25 }), 1)), /it has no weight block_0_dw\/depthwise_kernel/);
  });

  test('weights that the network does not have are named; those of head, optimizer and averages are not its business', () => {
    assert.match(refusal(initialWeights(createNetwork('k210-s', { alpha: 0.25, activation: 'prelu' }), 1)), /weight conv_1_prelu\/alpha and 30 more of its weights would have no place here/);
    const one: Weight = { shape: [1], data: Float32Array.of(1) };
    assert.match(refusal(new Map([...initialWeights(spec, 1), ['mask/kernel', one]])), /weight mask\/kernel would have no place here/);
    assert.equal(refusal(new Map([...initialWeights(spec, 1), ['head/kernel', one], ['optimizer/conv_1/kernel/m', one], ['ema/conv_1/kernel', one]])), '');
  });
});

test('names of identities read back as they were written, whatever is in them', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'identities-'));
  try {
    assert.equal(await readIdentities(folder), undefined);
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom('a', '\\', 'n', '\n', ' ', 'é', '\r') })), async (names) => {
      await writeIdentities(folder, names);
      assert.deepEqual(await readIdentities(folder), names);
    }), { numRuns: 40 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
