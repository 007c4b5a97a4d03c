import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { closestName } from '../../../../src/base/closest-name';
import { UserError } from '../../../../src/base/user-error';
import { composeRecipe } from '../../../../src/training/recipe/compose-recipe';
import { defaultRecipe, presets } from '../../../../src/training/recipe/presets';
import { checkRecipeWithData, parseRecipe } from '../../../../src/training/recipe/recipe-file';

function refusal(value: unknown): string {
  try {
    parseRecipe(value, 'mine.json');
  } catch (error) {
    if (error instanceof UserError) return `${error.message} ${error.action}`;
    throw error;
  }
  return 'accepted';
}

const changed = (change: Record<string, unknown>): Record<string, unknown> => ({ ...defaultRecipe('softmax'), ...change });

/** What is wrong, and what the refusal must say. */
const refusals: readonly (readonly [change: Record<string, unknown>, expected: RegExp])[] = [
  [{ epochs: -1 }, /^mine\.json: epochs is -1; it must be a number above 0 and up to 10000\. /],
  [{ batch: 2.5 }, /batch is 2\.5; it must be a whole number from 2 to 1024\./],
  [{ batch: '16' }, /batch is "16"; it must be a whole number from 2 to 1024\./],
  [{ network: 'resnet' }, /network is "resnet"; it must be one of .*"k210-s"/],
  [{ head: { kind: 'arcface', margin: 9 } }, /head\.margin is 9; it must be a number from 0 to 1\.5\./],
  [{ head: { kind: 'arcface', scale: 'big' } }, /head\.scale is "big"; it must be "adacos" or a number above 0 and up to 256\./],
  [{ head: { kind: 'softmx' } }, /head\.kind is "softmx"; it must be one of "softmax", "arcface"/],
  [{ head: undefined }, /head is missing; it must be an object with kind one of "softmax", "arcface"/],
  [{ colour: 'red' }, /colour is not known\. Known here are /],
  [{ epoch: 3 }, /epoch is not known\. Did you mean epochs\?/],
  [{ bacth: 3 }, /bacth is not known\. Did you mean batch\?/],
  [{ optimizer: { kind: 'adam', bata1: 0.9 } }, /optimizer\.bata1 is not known\. Did you mean optimizer\.beta1\?/],
  [{ optimizer: { kind: 'sgd', beta1: 0.9 } }, /optimizer\.beta1 does not apply here; it belongs to kind "adam"\./],
  [{ optimizer: { kind: 'sgd', momentum: 1 } }, /optimizer\.momentum is 1; it must be a number of at least 0 and below 1\./],
  [{ optimizer: { kind: 'sgd', momentum: 0, nesterov: true } }, /optimizer\.nesterov needs a momentum/],
  [{ head: { kind: 'softmax', margin: 0.5 } }, /head\.margin does not apply here; it belongs to kind "arcface"\./],
  [{ learningRate: { schedule: 'cosine', initial: 1, power: 2 } }, /learningRate\.power does not apply here; it belongs to schedule "polynomial"\./],
  [{ learningRate: { schedule: 'cosine', initial: 1e-3, final: 1e-2 } }, /learningRate\.final is 0\.01, more than learningRate\.initial; it must be from 0 to 0\.001\./],
  [{ learningRate: { schedule: 'plateau', initial: 1e-7 } }, /learningRate\.minimum is 0\.000001, more than/],
  [{ earlyStopping: { monitor: 'validationLoss' } }, /earlyStopping\.monitor is "validationLoss", but validationShare is 0; it must be above 0/],
  [{ learningRate: { schedule: 'plateau', initial: 1e-3, monitor: 'validationLoss' } }, /learningRate\.monitor is "validationLoss", but validationShare is 0/],
  [{ validationShare: 0.6 }, /validationShare/],
  [{ learningRate: { schedule: 'step', initial: 1 } }, /exactly one of milestonesEpochs and milestonesSteps/],
  [{ learningRate: { schedule: 'step', initial: 1, milestonesEpochs: [5, 41] } }, /learningRate\.milestonesEpochs\[1\] is 41, but the run ends after 40; it must be below that\./],
  [{ learningRate: { schedule: 'step', initial: 1, milestonesEpochs: [5, 5] } }, /learningRate\.milestonesEpochs\[1\] is 5; it must be above the one before it, 5\./],
  [{ learningRate: { schedule: 'step', initial: 1, milestonesSteps: [5, -5] } }, /learningRate\.milestonesSteps\[1\] is -5; it must be a whole number above 0\./],
  [{ learningRate: { schedule: 'constant', initial: 1, warmUpEpochs: 41 } }, /learningRate\.warmUpEpochs is 41, longer than the run; it must be at most 40\./],
  [{ learningRate: { schedule: 'constant', initial: 1, warmUpEpochs: 1, warmUpSteps: 1 } }, /warmUpEpochs and learningRate\.warmUpSteps are both given/],
  [{ steps: 100 }, /epochs \(40\) and steps \(100\) are both given/],
  [{ epochs: undefined }, /neither epochs nor steps is given/],
  [{ clipping: {} }, /clipping has none; it must have exactly one of globalClipnorm, clipnorm and clipvalue/],
  [{ clipping: { clipnorm: 1, clipvalue: 1 } }, /clipping has clipnorm and clipvalue; it must have exactly one/],
  [{ clipping: { global_clipnorm: 1 } }, /clipping\.global_clipnorm is not known\. Did you mean clipping\.globalClipnorm\?/],
  [{ ema: { decay: 1 } }, /ema\.decay is 1; it must be a number above 0 and below 1\./],
  [{ labelSmoothing: 1 }, /labelSmoothing is 1; it must be a number of at least 0 and below 1\./],
  [{ earlyStopping: { monitor: 'val_loss' } }, /earlyStopping\.monitor is "val_loss"; it must be one of "loss", "validationLoss", "auc", "accuracy"\./],
  [{ switchHead: { to: { head: { kind: 'softmax' } } } }, /switchHead\.to\.head\.kind is "softmax", which the run has already/],
  [{ switchHead: { minimumEpochs: 41 } }, /switchHead\.minimumEpochs is 41, which is after the end of the run/],
  [{ switchHead: { to: { epochs: 2, steps: 2 } } }, /switchHead\.to\.epochs and switchHead\.to\.steps are both given/],
  [{ accumulate: 2, head: { kind: 'arcface', sampleRate: 0.1 } }, /accumulate is 2 with head\.sampleRate 0\.1/],
  [{ activation: 'gelu' }, /activation is "gelu"; it must be one of "prelu", "leakyRelu", "relu", "relu6"\./],
  [{ activation: 'relu', negativeSlope: 0.1 }, /negativeSlope is 0\.1, but the activation is relu; it belongs to activation "leakyRelu"\./],
  [{ network: 'paper', negativeSlope: 0.1 }, /negativeSlope is 0\.1, but the activation is prelu/],
  [{ dropout: 1 }, /dropout is 1; it must be a number of at least 0 and below 1\./],
  [{ version: 2 }, /version is 2; this product reads recipes of version 1\. Update the product/],
  [{ version: 0 }, /version is 0; this product reads recipes of version 1\. Write the recipe anew/],
];

describe('bad recipes', () => {
  for (const [change, expected] of refusals) {
    test(`${JSON.stringify(change)} is refused with its key and what is accepted`, () => {
      const text = refusal(changed(change));
      assert.match(text, expected);
      assert.equal(text.split('\n').length, 1);
    });
  }

  test('what shows only with the dataset is refused before anything is made', () => {
    const cases = [
      [{ ...presets.paper.recipe }, 300, /mine\.json: accumulate 8 x batch 64 is 512 images, more than the 300 of the dataset; accumulate must be at most 4\./],
      [changed({ learningRate: { schedule: 'step', initial: 1, milestonesSteps: [500] } }), 160, /milestonesSteps\[0\] is 500, but the run ends after 400/],
      [changed({ learningRate: { schedule: 'constant', initial: 1, warmUpSteps: 401 } }), 160, /warmUpSteps is 401, longer than the run; it must be at most 400/],
    ] as const;
    for (const [value, images, expected] of cases) {
      assert.throws(() => checkRecipeWithData(parseRecipe(value, 'mine.json'), images, 'mine.json'), (error) => error instanceof UserError && expected.test(error.message));
    }
    checkRecipeWithData(parseRecipe(defaultRecipe('softmax'), 'mine.json'), 10, 'mine.json');
  });

  test('a file that is no recipe is refused by its name', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'recipe-'));
    try {
      const file = path.join(folder, 'r.json');
      for (const [content, expected] of [['{', /r\.json is not JSON/], ['[]', /r\.json is not a JSON object/], ['{"extends":"papr"}', /r\.json: extends is "papr"; it must be one of "softmax"/]] as const) {
        await writeFile(file, content);
        await assert.rejects(composeRecipe({ recipe: file }, undefined), expected);
      }
      await assert.rejects(composeRecipe({ recipe: path.join(folder, 'none.json') }, undefined), /Recipe .*none\.json cannot be read/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('whatever a recipe holds, it is accepted or refused in one sentence with its source', () => {
    const keys = fc.constantFrom('head', 'batch', 'epochs', 'optimizer', 'learningRate', 'clipping', 'ema', 'switchHead', 'seed', 'x');
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 })), (change) => {
        const text = refusal(changed(change));
        if (text === 'accepted') return;
        assert.match(text, /^mine\.json: \S/);
        assert.doesNotMatch(text, /undefined|\[object/);
      }),
      { numRuns: 200 },
    );
  });

  test('a name is guessed from small slips only', () => {
    assert.equal(closestName('learnigRate', ['learningRate', 'batch']), 'learningRate');
    assert.equal(closestName('LEARNINGRATE', ['learningRate']), 'learningRate');
    assert.equal(closestName('colour', ['learningRate', 'batch']), undefined);
    assert.equal(closestName('x', ['lr']), undefined);
  });
});
