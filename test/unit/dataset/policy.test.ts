import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../src/base/user-error';
import { countCopies, planImages, policyEffects, previewPolicy, selectPhotos, type PersonPhotos } from '../../../src/dataset/policy/image-plan';
import { finalImages, mayKeep, ruleIndexFor, type Policy, type PolicyRule } from '../../../src/dataset/policy/policy';
import { presetNames, presetPolicy } from '../../../src/dataset/policy/presets';
import { readPolicy } from '../../../src/dataset/policy/read-policy';

function preset(name: string): Policy {
  const policy = presetPolicy(name);
  assert.ok(policy);
  return policy;
}

function ruleFor(policy: Policy, images: number): PolicyRule {
  return policy.rules[ruleIndexFor(policy, images)] as PolicyRule;
}

/** People with so many photos each, numbered through. */
function people(...counts: number[]): PersonPhotos[] {
  let next = 0;
  return counts.map((count, i) => ({ name: `person ${i}`, photoNumbers: Array.from({ length: count }, () => next++) }));
}

describe('the policy of the original project', () => {
  it('has its limits exactly', () => {
    const original = preset('original');
    const expected: [number, number][] = [[1, 0], [30, 0], [31, 124], [90, 360], [91, 182], [200, 400], [201, 201], [350, 350], [351, 350], [9000, 350]];
    assert.deepEqual(expected.map(([images]) => finalImages(ruleFor(original, images), images)), expected.map(([, after]) => after));
  });

  it('makes copies by opening, Gaussian noise of variance 0.01 and salt and pepper of amount 0.05', () => {
    const original = preset('original');
    assert.deepEqual(ruleFor(original, 200).operations, [{ name: 'opening' }]);
    assert.deepEqual(ruleFor(original, 90).operations, [{ name: 'opening' }, { name: 'gaussian-noise', variance: 0.01 }, { name: 'salt-and-pepper', amount: 0.05 }]);
  });

  it('draws 350 other photos for another seed, and the same for the same', () => {
    const drawn = (seed: number) => selectPhotos(preset('original'), people(400), seed).people[0]?.photoNumbers ?? [];
    assert.equal(new Set(drawn(1)).size, 350);
    assert.deepEqual(drawn(1), drawn(1));
    assert.notDeepEqual(drawn(1), drawn(2));
    assert.equal(selectPhotos(preset('original'), people(400), 1).unsampledPhotos.length, 50);
  });

  it('says before any face is found who cannot stay', () => {
    assert.deepEqual([30, 31, 5000].map((images) => mayKeep(preset('original'), images)), [false, true, true]);
    assert.equal(mayKeep({ name: 'x', rules: [{ above: 0, upTo: 5, keep: true }, { above: 5, drop: true }] }, 100), true);
  });
});

describe('fixed-100', () => {
  it('gives everybody 100 images', () => {
    const selection = selectPhotos(preset('fixed-100'), people(1, 7, 100, 250), 3);
    const plan = planImages(selection.people, new Set(), 3);
    assert.deepEqual(plan.imagesOf, [100, 100, 100, 100]);
    assert.deepEqual(countCopies(plan), { 'top-up': 99 + 93 });
    const keys = Array.from({ length: plan.count }, (_, i) => `${plan.photo[i]} ${plan.recipe[i]} ${plan.turn[i]}`);
    assert.equal(new Set(keys).size, plan.count, 'no copy is made twice');
  });
});

describe('the plan of a dataset', () => {
  it('has each original once, each copy once, and none of people who are held out', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 420 }), { minLength: 1, maxLength: 6 }), fc.nat({ max: 5 }), fc.constantFrom(...presetNames), (counts, heldOutIndex, name) => {
      const policy = preset(name);
      const selection = selectPhotos(policy, people(...counts), 9);
      const heldOut = new Set(selection.people.slice(heldOutIndex, heldOutIndex + 1).map((person) => person.name));
      const plan = planImages(selection.people, heldOut, 9);
      selection.people.forEach((person, label) => {
        const images = Array.from({ length: plan.count }, (_, i) => i).filter((i) => plan.label[i] === label);
        const originals = images.filter((i) => plan.recipe[i] === 0).map((i) => plan.photo[i]);
        assert.deepEqual(originals, person.photoNumbers);
        assert.equal(images.length, heldOut.has(person.name) ? originals.length : finalImages(person.rule, originals.length));
        assert.ok(images.every((i) => person.photoNumbers.includes(plan.photo[i] as number)));
      });
      const effects = policyEffects(policy, people(...counts), selection.people, plan);
      assert.equal(effects.reduce((sum, { images }) => sum + images, 0), plan.count);
    }), { numRuns: 60 });
  });

  it('is foretold by the preview', () => {
    const effects = previewPolicy(preset('original'), [12, 29, 60, 150, 150, 300, 1000]);
    assert.deepEqual(effects.map(({ people: count, photos, images }) => [count, photos, images]), [[1, 1000, 350], [1, 300, 300], [2, 300, 600], [1, 60, 240], [2, 41, 0]]);
    assert.equal(effects[3]?.rule, '31 to 90 images: keep, add opening, gaussian-noise, salt-and-pepper');
  });
});

describe('a policy file', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'policy-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const read = async (content: unknown): Promise<Policy> => {
    const file = path.join(folder, 'mine.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return readPolicy(file);
  };

  it('is read, with defaults for operations', async () => {
    const policy = await read({ name: 'mine', rules: [{ upTo: 9, drop: true }, { above: 9, sample: 50, operations: ['opening', { name: 'salt-and-pepper', amount: 0.2 }] }] });
    assert.equal(policy.name, 'mine');
    assert.equal(finalImages(ruleFor(policy, 80), 80), 150);
    assert.equal(finalImages(ruleFor(policy, 10), 10), 30);
    assert.equal(finalImages(ruleFor(policy, 9), 9), 0);
  });

  it('may be any preset as JSON', async () => {
    for (const name of presetNames) assert.deepEqual((await read(preset(name))).rules, preset(name).rules);
  });

  it('is refused with the place of the mistake', async () => {
    const wrong: [unknown, RegExp][] = [
      ['{', /is no JSON/],
      [{ rules: [] }, /at rules/],
      [{ rules: [{ above: 5, keep: true }] }, /no rule covers people with 1 to 5 images/],
      [{ rules: [{ upTo: 5, keep: true }] }, /no rule covers people with more than 5 images/],
      [{ rules: [{ upTo: 5, keep: true }, { above: 3, drop: true }] }, /two rules cover people with 4 to 5 images/],
      [{ rules: [{ keep: true, drop: true }] }, /at rules\.0: give only one of/],
      [{ rules: [{ above: 0 }] }, /give one of "drop"/],
      [{ rules: [{ drop: true, operations: ['opening'] }] }, /exclude each other/],
      [{ rules: [{ exactly: 10 }] }, /"exactly" needs "operations"/],
      [{ rules: [{ keep: true, operations: ['openings'] }] }, /at rules\.0\.operations\.0\.name: give one of gaussian-noise, /],
      [{ rules: [{ keep: true, operations: [{ name: 'gaussian-noise', variance: -1 }] }] }, /rules\.0\.operations\.0/],
      [{ rules: [{ keep: true, sampel: 3 }] }, /sampel/],
    ];
    for (const [content, message] of wrong) {
      await assert.rejects(read(content), (error) => error instanceof UserError && message.test(error.message) && error.message.includes('mine.json'), JSON.stringify(content));
    }
    await assert.rejects(readPolicy(path.join(folder, 'none.json')), /neither a policy of this product nor a file/);
  });
});
