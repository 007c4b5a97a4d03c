import assert from 'node:assert/strict';
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { composeRecipe, successorRecipe } from '../../../../src/training/recipe/compose-recipe';
import { defaultRecipe, presetNames, presets } from '../../../../src/training/recipe/presets';
import { effectiveBatch, evaluationInterval, totalSteps } from '../../../../src/training/recipe/recipe';
import { parseRecipe } from '../../../../src/training/recipe/recipe-file';
import { recipeJsonSchema } from '../../../../src/training/recipe/recipe-file-schema';

async function withFile(content: unknown, body: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'recipe-'));
  try {
    const file = path.join(folder, 'mine.recipe.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    await body(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('recipes', () => {
  test('the shipped JSON Schema is the one that recipes are checked with (`recipes schema` prints it)', async () => {
    const shipped = JSON.parse(await readFile(path.join(process.cwd(), 'media/recipe.schema.json'), 'utf8')) as unknown;
    assert.deepEqual(shipped, JSON.parse(JSON.stringify(recipeJsonSchema())));
    const manifest = JSON.parse(await readFile(path.join(process.cwd(), 'package.json'), 'utf8')) as { contributes: { jsonValidation: { fileMatch: string; url: string }[] } };
    assert.deepEqual(manifest.contributes.jsonValidation.filter(({ fileMatch }) => fileMatch === '*.recipe.json'), [{ fileMatch: '*.recipe.json', url: './media/recipe.schema.json' }]);
  });

  test('the defaults of both heads are valid and a run is verified about twelve times', () => {
    for (const head of ['softmax', 'arcface'] as const) {
      const recipe = parseRecipe(defaultRecipe(head), 'default');
      assert.equal(recipe.head.kind, head);
      assert.ok((recipe.epochs ?? 0) / evaluationInterval(recipe, recipe.epochs ?? 0) <= 14);
    }
    assert.equal(evaluationInterval({}, 2), 1);
    assert.equal(evaluationInterval({ evaluateEveryEpochs: 5 }, 2), 5);
  });

  test("the original's stages and the paper's recipe say what they are known for", () => {
    const parsed = Object.fromEntries(presetNames.map((name) => [name, parseRecipe(presets[name].recipe, name)]));
    const { train, retrain, tune, paper } = parsed;
    assert.ok(train && retrain && tune && paper);
    assert.deepEqual([train, retrain, tune].map((recipe) => [recipe.head.kind, recipe.learningRate.initial, recipe.epochs]), [['softmax', 1e-3, 30], ['arcface', 1e-3, 30], ['arcface', 1e-4, 30]]);
    assert.deepEqual(train.learningRate, { schedule: 'plateau', initial: 1e-3, monitor: 'loss', factor: 0.2, patienceEpochs: 3, minimum: 1e-6 });
    assert.deepEqual(train.optimizer, { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    assert.deepEqual(train.earlyStopping, { monitor: 'loss', patienceEpochs: 6, minDelta: 0, restoreBest: true });
    assert.equal(effectiveBatch(paper), 512);
    assert.equal(totalSteps(paper, 7), 60_000);
    assert.deepEqual(paper.learningRate, { schedule: 'step', initial: 0.1, factor: 0.1, milestonesSteps: [36_000, 52_000, 58_000] });
    assert.deepEqual([paper.weightDecay, paper.headWeightDecay, paper.head], [4e-5, 4e-4, { kind: 'arcface', margin: 0.5, easyMargin: false, scale: 64, marginWarmUpEpochs: 0, sampleRate: 1 }]);
  });

  test('a preset may be named, extended by a file, and keeps to the network of a parent', async () => {
    assert.equal((await composeRecipe({ recipe: 'tune' }, undefined)).learningRate.initial, 1e-4);
    const parent = parseRecipe({ ...defaultRecipe('softmax'), network: 'k210-m', batch: 8 }, 'parent');
    const tuned = await composeRecipe({ recipe: 'tune' }, parent);
    assert.deepEqual([tuned.network, tuned.batch], ['k210-m', 64]);
    await withFile({ extends: 'paper', epochs: 3, batch: 32, learningRate: { schedule: 'constant', initial: 0.1 } }, async (file) => {
      const recipe = await composeRecipe({ recipe: file }, undefined);
      assert.deepEqual([recipe.network, recipe.epochs, recipe.steps, recipe.accumulate], ['paper', 3, undefined, 8]);
      assert.equal((await composeRecipe({ recipe: file, steps: 9 }, undefined)).epochs, undefined);
    });
  });

  test('a new run takes options over the file, the file over the parent, the parent over the defaults', async () => {
    await withFile({ epochs: 7, batch: 24 }, async (file) => {
      const parent = parseRecipe({ ...defaultRecipe('softmax'), network: 'k210-m', alpha: 0.5, batch: 8, seed: 5 }, 'parent');
      const recipe = await composeRecipe({ recipe: file, batch: 12, margin: 0.4, scale: 20 }, parent);
      assert.deepEqual(
        [recipe.network, recipe.alpha, recipe.seed, recipe.epochs, recipe.batch, recipe.head],
        ['k210-m', 0.5, 5, 7, 12, { kind: 'arcface', margin: 0.4, easyMargin: false, scale: 20, marginWarmUpEpochs: 4, sampleRate: 1 }],
      );
    });
  });

  test('a fork keeps the activation of its parent, and a new one drops the slope of the old', async () => {
    const parent = parseRecipe({ ...defaultRecipe('softmax'), activation: 'leakyRelu', negativeSlope: 0.1, dropout: 0.3, embeddingLength: 40 }, 'parent');
    const kept = await composeRecipe({}, parent);
    assert.deepEqual([kept.activation, kept.negativeSlope, kept.dropout, kept.embeddingLength], ['leakyRelu', 0.1, 0.3, 40]);
    const other = await composeRecipe({ activation: 'relu6', dropout: 0 }, parent);
    assert.deepEqual([other.activation, other.negativeSlope, other.dropout], ['relu6', undefined, 0]);
    assert.deepEqual([(await composeRecipe({ negativeSlope: 0.2 }, undefined)).negativeSlope, (await composeRecipe({}, undefined)).activation], [0.2, undefined]);
    await assert.rejects(composeRecipe({ activation: 'relu', negativeSlope: 0.2 }, parent), /negativeSlope is 0\.2, but the activation is relu/);
  });

  test('a fork validates on the images that its parent did not train on, whatever its own seed', async () => {
    const parent = parseRecipe({ ...defaultRecipe('softmax'), validationShare: 0.1, seed: 5 }, 'parent');
    const same = await composeRecipe({}, parent);
    assert.deepEqual([same.validationShare, same.validationSeed, same.seed], [0.1, 5, 5]);
    const other = await composeRecipe({ seed: 9, recipe: 'tune' }, parent);
    assert.deepEqual([other.validationShare, other.validationSeed, other.seed], [0.1, 5, 9]);
    assert.equal((await composeRecipe({ seed: 11 }, other)).validationSeed, 5, 'over generations');
    assert.equal((await composeRecipe({ validationShare: 0.2 }, parent)).validationShare, 0.2);
    const without = await composeRecipe({}, parseRecipe(defaultRecipe('softmax'), 'parent'));
    assert.deepEqual([without.validationShare, without.validationSeed], [0, undefined]);
    assert.equal(successorRecipe(parseRecipe({ ...presets['two-stage'].recipe, validationShare: 0.1 }, 'x'), 'x').validationShare, 0.1);
  });

  test('the run after a switch takes over all that the switch does not change', () => {
    const first = parseRecipe({ ...presets['two-stage'].recipe, batch: 24, ema: {} }, 'two-stage');
    const second = successorRecipe(first, 'two-stage');
    assert.deepEqual([second.head.kind, second.batch, second.ema, second.switchHead, second.epochs], ['arcface', 24, { decay: 0.999 }, undefined, 40]);
    const shorter = successorRecipe({ ...first, switchHead: { overEpochs: 3, improvementBelow: 0.1, minimumEpochs: 2, to: { steps: 50 } } }, 'two-stage');
    assert.deepEqual([shorter.epochs, shorter.steps], [undefined, 50]);
  });
});
