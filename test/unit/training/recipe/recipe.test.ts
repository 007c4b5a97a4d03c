import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { defaultRecipe } from '../../../../src/training/recipe/presets';
import { evaluationInterval } from '../../../../src/training/recipe/recipe';
import { parseRecipe } from '../../../../src/training/recipe/recipe-file';
import { composeRecipe } from '../../../../src/training/training-command';

describe('recipes', () => {
  test('the defaults of both heads are valid and a run is verified about twelve times', () => {
    for (const head of ['softmax', 'arcface'] as const) {
      const recipe = parseRecipe(defaultRecipe(head), 'default');
      assert.equal(recipe.head.kind, head);
      assert.ok(recipe.epochs / evaluationInterval(recipe) <= 14);
    }
    const short = parseRecipe({ ...defaultRecipe('softmax'), epochs: 2 }, 'default');
    assert.equal(evaluationInterval(short), 1);
  });

  test('a wrong or unknown field is named with the file', () => {
    const wrong = [
      [{ epochs: -1 }, /mine\.json: epochs is not valid/],
      [{ head: { kind: 'arcface', margin: 9 } }, /mine\.json: head\.margin is not valid/],
      [{ colour: 'red' }, /mine\.json: .*Unrecognized key.*colour/i],
      [{ network: 'resnet' }, /mine\.json: network is not valid/],
    ] as const;
    for (const [change, expected] of wrong) {
      assert.throws(() => parseRecipe({ ...defaultRecipe('softmax'), ...change }, 'mine.json'), (error) => error instanceof UserError && expected.test(error.message));
    }
  });

  test('a new run takes options over the file, the file over the parent, the parent over the defaults', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'recipe-'));
    try {
      const file = path.join(folder, 'recipe.json');
      await writeFile(file, JSON.stringify({ epochs: 7, batch: 24 }));
      const parent = parseRecipe({ ...defaultRecipe('softmax'), network: 'k210-m', alpha: 0.5, batch: 8, seed: 5 }, 'parent');
      const recipe = await composeRecipe({ recipe: file, batch: 12, margin: 0.4, scale: 20 }, parent);
      assert.deepEqual(
        [recipe.network, recipe.alpha, recipe.seed, recipe.epochs, recipe.batch, recipe.head],
        ['k210-m', 0.5, 5, 7, 12, { kind: 'arcface', margin: 0.4, easyMargin: false, scale: 20, marginWarmUpEpochs: 4, sampleRate: 1 }],
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('an unreadable recipe file is one sentence', async () => {
    await assert.rejects(composeRecipe({ recipe: '/nowhere/recipe.json' }, undefined), /Recipe \/nowhere\/recipe\.json cannot be read/);
  });
});
