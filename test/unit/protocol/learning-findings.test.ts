import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { Figures } from '../../../src/protocol/figures';
import { findingWords, inEnglish } from '../../../src/protocol/finding-words';
import type { RunEvent, RunEventOf, RunRecord } from '../../../src/protocol/run';
import { findRunFindings, type RunFinding } from '../../../src/protocol/run-findings';
import { RunHistory } from '../../../src/protocol/run-history';
import { testEvaluation, testRecord, testStep, testValidation } from '../../support/run-samples';

const recipe = { learningRate: { initial: 1e-3 }, head: { kind: 'arcface', marginWarmUpEpochs: 3 }, weightDecay: 1e-4 };

function findings(events: readonly RunEvent[], record: Partial<RunRecord> = {}): RunFinding[] {
  const history = new RunHistory();
  for (const event of events) history.apply(event);
  return findRunFindings(testRecord({ recipe, ...record }), history, { kind: 'alive' });
}

type Curve = (step: number, noise: () => number) => Partial<RunEventOf<'step'>>;

/** Steps of a curve whose `noise` has deviation 1. */
function steps(count: number, curve: Curve, seed = 1): RunEvent[] {
  const random = new SeededRandom('curve', seed);
  return Array.from({ length: count }, (_, index) => testStep(index + 1, curve(index + 1, () => random.normal())));
}

const kinds = (events: readonly RunEvent[], record: Partial<RunRecord> = {}): string[] => findings(events, record).map(({ kind }) => kind);
/** The noise of a loss over batches of 16 photos. */
const noisy = (loss: number, noise: () => number): number => loss * Math.exp(0.25 * noise());

describe('what the curves say', () => {
  const collapse: Curve = (step, noise) => ({ margin: Math.min(0.5, step / 400), accuracy: step < 160 ? 0.8 : 0.15, loss: noisy(step < 160 ? 2 : 3.5, noise) });
  const oscillating: Curve = (step, noise) => ({ loss: noisy(Math.floor(step / 40) % 2 === 0 ? 1.5 : 3, noise), learningRate: 0.1 });
  const slow: Curve = (step, noise) => ({ loss: 2.8 * (1 - 0.00015 * step) + 0.01 * noise(), accuracy: 0.05 });

  test('a margin that grows too fast takes the accuracy away', () => {
    const [found] = findings(steps(240, collapse), { head: 'arcface' });
    assert.ok(found?.kind === 'margin-too-soon');
    assert.ok(found.accuracy < 0.2 && found.bestAccuracy > 0.75 && found.margin > found.bestMargin);
    assert.deepEqual(found.advice, { setting: 'head.marginWarmUpEpochs', value: 6 });
    assert.deepEqual(kinds(steps(240, (step, noise) => ({ ...collapse(step, noise), margin: 0.5 })), { head: 'arcface' }), [], 'the margin did not grow, so it is not the cause');
    assert.deepEqual(kinds(steps(240, (step, noise) => ({ ...collapse(step, noise), accuracy: 0.8 - step / 2000 })), { head: 'arcface' }), []);
  });

  test('a rate that is too high makes the loss jump without gain', () => {
    const [found] = findings(steps(500, oscillating));
    assert.ok(found?.kind === 'rate-too-high' && found.rises >= 5 && found.learningRate === 0.1);
    assert.deepEqual(found.advice, { setting: 'learningRate.initial', value: 3e-4 });
  });

  test('a rate that is too low makes the loss crawl', () => {
    const [found] = findings(steps(400, slow));
    assert.ok(found?.kind === 'rate-too-low' && found.fall > 0.03 && found.fall < 0.06, JSON.stringify(found));
    assert.deepEqual(found.advice, { setting: 'learningRate.initial', value: 3e-3 });
    assert.deepEqual(kinds(steps(400, slow), { stepsPerEpoch: 5000 }), [], 'a large set is judged after its first epoch');
  });

  test('overfit: the training photos are right while verification falls from its best', () => {
    const learnt = steps(200, () => ({ accuracy: 0.99, loss: 0.02 }));
    const falling = [0.9, 0.95, 0.93, 0.92].map((auc, index) => testEvaluation((index + 1) * 50, auc));
    const [found] = findings([...learnt, ...falling]).filter(({ kind }) => kind === 'overfit');
    assert.ok(found?.kind === 'overfit');
    assert.deepEqual([found.bestAuc, found.bestStep, found.auc, found.advice], [0.95, 100, 0.92, { setting: 'weightDecay', value: 5e-4 }]);
    const once = [0.9, 0.95, 0.93, 0.948].map((auc, index) => testEvaluation((index + 1) * 50, auc));
    assert.ok(!kinds([...learnt, ...once]).includes('overfit'), 'one bad check is chance');
    assert.ok(!kinds([...steps(200, () => ({ accuracy: 0.7 })), ...falling]).includes('overfit'), 'there is still something to learn');
  });

  test('overfit: the validation loss rises from its best while that of training falls', () => {
    const learning = steps(200, (step) => ({ loss: 3 / Math.sqrt(step) }));
    const rising = [2, 1, 1.2, 1.3].map((loss, index) => testValidation((index + 1) * 50, loss));
    const [found] = findings([...learning, ...rising]);
    assert.ok(found?.kind === 'overfit-validation' && found.trainingLoss < 0.25);
    assert.deepEqual([found.bestLoss, found.bestStep, found.loss, found.advice], [1, 100, 1.3, { setting: 'weightDecay', value: 5e-4 }]);
    const once = [2, 1, 1.2, 1.05].map((loss, index) => testValidation((index + 1) * 50, loss));
    assert.deepEqual(kinds([...learning, ...once]), [], 'one bad check is chance');
    assert.deepEqual(kinds([...learning, ...rising.map((event) => ({ ...event, images: 10 }))]), [], 'so are a few images');
    const margin = steps(200, (step) => ({ loss: 3 / Math.sqrt(step), margin: step / 400 }));
    assert.deepEqual(kinds([...margin, ...rising], { head: 'arcface' }), [], 'a loss that grows with its margin is another loss');
  });

  test('memory that never settles', () => {
    const growing = steps(600, (step) => ({ memoryBytes: 1e9 + step * 2e6 }));
    const [found] = findings(growing);
    assert.ok(found?.kind === 'memory-grows' && Math.abs(found.bytesPer1000Steps - 2e9) < 1e7, JSON.stringify(found));
    assert.deepEqual(kinds(steps(600, (step) => ({ memoryBytes: step < 60 ? 5e8 : 2e9 }))), []);
  });

  test('a full memory names the batch to try: half of it, in whole groups where people are drawn in groups', () => {
    const full = steps(1, () => ({ memoryBytes: 7.5e9 }));
    const tried = (batch: number, sampling?: object): unknown => {
      const [found] = findings(full, { recipe: { batch, ...(sampling ? { sampling } : {}) } });
      assert.ok(found?.kind === 'memory');
      return found.advice;
    };
    assert.deepEqual(tried(64), { setting: 'batch', value: 32 });
    assert.deepEqual(tried(5, { kind: 'shuffle' }), { setting: 'batch', value: 2 });
    assert.deepEqual(tried(96, { kind: 'pk', people: 8, photos: 4 }), { setting: 'batch', value: 32 });
    assert.deepEqual([tried(3), tried(32, { kind: 'pk', people: 8, photos: 4 })], [undefined, undefined], 'no smaller one is left');
    const { note } = findingWords(findings(full, { recipe: { batch: 64 } })[0] as RunFinding, new Figures('en'), inEnglish);
    assert.equal(note, 'Fewer photos in a step need less. Try batch 32 in the recipe.');
  });

  test('NaN and divergence name the rate to try, and a recipe of another version gets no advice', () => {
    const nan = steps(50, (step) => ({ loss: step > 40 ? null : 2 }));
    assert.deepEqual(findings(nan).map((found) => 'advice' in found && found.advice), [{ setting: 'learningRate.initial', value: 3e-4 }]);
    const diverged = steps(200, (step) => ({ loss: step < 150 ? 2 : 2 + (step - 150) / 5 }));
    assert.deepEqual(findings(diverged).map((found) => [found.kind, 'advice' in found && found.advice?.value]), [['diverged', 3e-4]]);
    assert.deepEqual(findings(nan, { recipe: { version: 9, learningRate: 'fast' } }).map((found) => 'advice' in found), [false]);
  });

  test('healthy runs of many kinds have no findings, at any of their steps', () => {
    const healthy: Record<string, Curve> = {
      'softmax': (step, noise) => ({ loss: noisy(0.05 + 2.9 * Math.exp(-step / 150), noise), accuracy: 1 - 0.95 * Math.exp(-step / 120) }),
      'slow start of many people': (step, noise) => ({ loss: noisy(2.95 * (step < 150 ? 1 : Math.exp((150 - step) / 400)), noise), accuracy: 0.1 }),
      'ArcFace with warm-up': (step, noise) => ({ margin: Math.min(0.5, step / 500), loss: noisy(1 + 3 * Math.min(1, step / 500) * Math.exp(-Math.max(0, step - 500) / 300), noise), accuracy: 0.85 + 0.02 * noise() }),
      'cosine end at a floor': (step, noise) => ({ loss: noisy(0.6 + Math.exp(-step / 60), noise), learningRate: 1e-3 * (0.5 + 0.5 * Math.cos((Math.PI * step) / 800)) }),
      'almost nothing left': (step, noise) => ({ loss: 0.02 * Math.exp(noise()) + 3 * Math.exp(-step / 40), accuracy: 0.998 }),
      'memory with caches': (step) => ({ memoryBytes: 8e8 + 2e8 * (1 - Math.exp(-step / 50)) + 1e7 * (step % 7) }),
    };
    for (const [name, curve] of Object.entries(healthy)) {
      for (let seed = 0; seed < 4; seed++) {
        const events = steps(800, curve, seed);
        for (const length of [30, 100, 250, 300, 420, 600, 800]) assert.deepEqual(kinds(events.slice(0, length), { head: name.startsWith('ArcFace') ? 'arcface' : 'softmax', identities: 300 }), [], `${name}, seed ${seed}, ${length} steps`);
      }
    }
  });

  test('words name the numbers and the setting', () => {
    const say = (events: readonly RunEvent[], record: Partial<RunRecord> = {}): string => {
      const [found] = findings(events, record);
      const { text, note } = found ? findingWords(found, new Figures('en'), inEnglish) : assert.fail();
      return `${text} ${note ?? ''}`.replaceAll('\u00a0', ' ');
    };
    assert.match(say(steps(240, collapse), { head: 'arcface' }), /^Accuracy fell from 80 % to 15 % while the margin grew from 0\.\d\d to 0\.\d\d\. .* Try head\.marginWarmUpEpochs 6 in the recipe\.$/u);
    assert.match(say(steps(500, oscillating)), /rises in the last 400 steps, and no gain\. The learning rate of 1\.0e-1 is too high here\. Try learningRate\.initial 3\.0e-4 in the recipe\.$/u);
    assert.match(say(steps(400, slow)), /^Loss falls steadily, but only by 4\.\d % in 400 steps\./u);
    assert.equal(inEnglish('{1} of {0}', 3, 'a'), 'a of 3');
    const sayGain = (gain: number): string => findingWords({ kind: 'plateau', gain, checks: 3 }, new Figures('en'), inEnglish).text;
    assert.equal(sayGain(0.0012), 'Verification gained only 0.001 points of AUC in the last 3 checks.');
    for (const gain of [0.0004, 0]) assert.equal(sayGain(gain), 'Verification gained nothing in the last 3 checks.');
  });
});
