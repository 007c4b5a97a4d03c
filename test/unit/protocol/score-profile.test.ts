import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { scoreSpread, verdictWord } from '../../../src/protocol/photo-verdict';
import { acceptedAt, nearestThreshold, scoreBins, ScoreProfiler, type ScoreProfile } from '../../../src/protocol/score-profile';

function profileOf(scores: readonly (readonly [score: number, same: boolean])[]): ScoreProfile {
  const profiler = new ScoreProfiler();
  for (const [score, same] of scores) profiler.add(score, same);
  return profiler.profile();
}

describe('a profile of scores', () => {
  test('counts what a threshold accepts exactly as the scores do', () => {
    const cosine = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1_000_000);
    fc.assert(fc.property(fc.array(fc.tuple(cosine, fc.boolean()), { minLength: 1, maxLength: 60 }), fc.integer({ min: -100, max: 100 }), (scores, step) => {
      const accepted = acceptedAt(profileOf(scores), step / 100);
      const count = (kind: boolean): number => scores.filter(([score, same]) => same === kind && score >= step / 100 - 1e-9).length;
      assert.deepEqual([accepted.samePairs, accepted.differentPairs], [count(true), count(false)]);
    }));
  });

  test('takes scores that rounding put beyond the ends', () => {
    const accepted = acceptedAt(profileOf([[1.0000001, true], [-1.0000001, false]]), 1);
    assert.deepEqual(accepted, { same: 1, samePairs: 1, different: 0, differentPairs: 0 });
  });

  test('its bins hold every pair once and begin and end with pairs', () => {
    const bins = scoreBins(profileOf([[-0.3, false], [0.1, false], [0.12, true], [1, true]]));
    assert.equal(bins.reduce((sum, { same }) => sum + same, 0), 1);
    assert.equal(bins.reduce((sum, { different }) => sum + different, 0), 1);
    assert.ok((bins[0]?.different ?? 0) > 0 && (bins.at(-1)?.same ?? 0) > 0);
    assert.equal(bins.at(-1)?.to, 1);
  });

  test('thresholds are rounded into its range', () => assert.deepEqual([0.4137, 1.00001, -2].map(nearestThreshold), [0.41, 1, -1]));
});

describe('a verdict on two photos', () => {
  const answer = (score: number, threshold?: number) => ({ name: 'r01', form: 'float' as const, score, ...(threshold === undefined ? {} : { threshold }) });
  test('each form is judged by its own threshold', () => {
    assert.equal(verdictWord([answer(0.42, 0.41), answer(0.405, 0.4)]), 'same');
    assert.equal(verdictWord([answer(0.42, 0.41), answer(0.405, 0.41)]), 'disagree');
    assert.equal(verdictWord([answer(0.2, 0.41)]), 'different');
    assert.equal(verdictWord([answer(0.9)]), 'unjudged');
  });

  test('one form has no spread', () => assert.deepEqual([scoreSpread([answer(0.5)]), Math.round((scoreSpread([answer(0.5), answer(0.47)]) ?? 0) * 100)], [undefined, 3]));
});
