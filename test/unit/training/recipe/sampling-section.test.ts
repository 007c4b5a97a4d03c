import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { groupConflict, chooseSampling, samplingKinds, samplingSection, wholeGroups } from '../../../../src/training/recipe/sampling-section';
import { parseRecipe } from '../../../../src/training/recipe/recipe-file';
import { composeRecipe } from '../../../../src/training/recipe/compose-recipe';

const refusal = (message: RegExp) => (error: unknown): boolean => error instanceof UserError && message.test(error.message);

describe('sampling section', () => {
  test('the kinds of the command line are those of the recipe', () => {
    assert.deepEqual(samplingSection.options.map((option) => option.shape.kind.value), [...samplingKinds]);
  });

  test('options go before the recipe, and the recipe before the defaults', () => {
    const written = { kind: 'pk', people: 6, photos: 3 } as const;
    assert.equal(chooseSampling({}, undefined), undefined);
    assert.deepEqual(chooseSampling({}, written), written);
    assert.deepEqual(chooseSampling({ sampling: 'pk' }, undefined), { kind: 'pk', people: 8, photos: 4 });
    assert.deepEqual(chooseSampling({ photosPerPerson: 5 }, written), { kind: 'pk', people: 6, photos: 5 });
    assert.deepEqual(chooseSampling({ sampling: 'class-balanced' }, written), { kind: 'class-balanced' });
    assert.throws(() => chooseSampling({ people: 4 }, undefined), refusal(/belong to the sampling "pk"/));
    assert.throws(() => chooseSampling({ sampling: 'shuffle', photosPerPerson: 4 }, written), refusal(/belong to the sampling "pk"/));
  });

  test('batches hold whole groups', () => {
    const sampling = { kind: 'pk', people: 5, photos: 4 } as const;
    assert.equal(wholeGroups(sampling, 16), 20);
    assert.equal(wholeGroups({ kind: 'shuffle' }, 17), 17);
    assert.equal(groupConflict(sampling, 40), undefined);
    assert.equal(groupConflict({ kind: 'shuffle' }, 7), undefined);
    assert.match(groupConflict(sampling, 30) ?? '', /batch is 30, which is not made of groups of 5 people x 4 photos; it must be 20/);
  });

  test('a recipe is composed with them', async () => {
    const recipe = await composeRecipe({ sampling: 'pk', people: 10 }, undefined);
    assert.deepEqual([recipe.sampling, recipe.batch], [{ kind: 'pk', people: 10, photos: 4 }, 40]);
    assert.deepEqual((await composeRecipe({}, undefined)).sampling, { kind: 'shuffle' });
    await assert.rejects(composeRecipe({ sampling: 'pk', batch: 30 }, undefined), refusal(/batch is 30, which is not made of groups of 8 people x 4 photos/));
    assert.throws(() => parseRecipe({ ...recipe, sampling: { kind: 'pk', people: 1, photos: 4 } }, 'r.json'), refusal(/r.json: sampling.people is 1/));
  });
});
