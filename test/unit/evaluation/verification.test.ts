import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { CancelledError, UserError } from '../../../src/base/user-error';
import { verificationSummarySchema } from '../../../src/protocol/run';
import { detPoints, midpoint, thinnedRoc, trueAcceptRateAt, type RocCurve } from '../../../src/evaluation/roc';
import { rankScores } from '../../../src/evaluation/score-counts';
import { bestThreshold } from '../../../src/evaluation/threshold';
import { summarize, verify, verifyInTurns, type VerificationReport } from '../../../src/evaluation/verification';

interface Sample {
  readonly scores: readonly number[];
  readonly same: readonly boolean[];
  readonly folds: readonly number[];
}

const quick = { bootstrapSamples: 20 };

/** Pairs of both kinds over two folds or more, with many ties (scores in steps of 1/32, whose midpoints are exact). */
const samples: fc.Arbitrary<Sample> = fc
  .array(fc.record({ score: fc.integer({ min: -32, max: 32 }).map((step) => step / 32), same: fc.boolean(), fold: fc.nat({ max: 9 }) }), { minLength: 4, maxLength: 120 })
  .filter((pairs) => new Set(pairs.map((pair) => pair.same)).size === 2 && new Set(pairs.map((pair) => pair.fold)).size >= 2)
  .map((pairs) => ({ scores: pairs.map((pair) => pair.score), same: pairs.map((pair) => pair.same), folds: pairs.map((pair) => pair.fold) }));

function report({ scores, same, folds }: Sample, options = quick): VerificationReport {
  return verify(scores, same, folds, options);
}

function close(actual: number, expected: number, message?: string): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${message ?? ''} ${actual} instead of ${expected}`);
}

function accuracyAt({ scores, same }: Sample, threshold: number, chosen: (pair: number) => boolean = () => true): number {
  const pairs = scores.flatMap((score, pair) => (chosen(pair) ? [(score >= threshold) === same[pair]] : []));
  return pairs.filter(Boolean).length / pairs.length;
}

/** Two overlapping normal distributions of scores. */
function normalSample(pairs: number, seed: number): { scores: Float64Array; same: Uint8Array; folds: Uint8Array } {
  const random = new SeededRandom('normal-sample', seed);
  const same = Uint8Array.from({ length: pairs }, (_, index) => index % 2);
  const scores = Float64Array.from(same, (flag) => Math.max(-1, Math.min(1, (flag ? 0.55 : 0.05) + 0.15 * random.normal())));
  return { scores, same, folds: Uint8Array.from({ length: pairs }, (_, index) => Math.floor((index * 10) / pairs)) };
}

test('AUC equals the brute-force comparison of all couples', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const genuine = sample.scores.filter((_, index) => sample.same[index]);
      const impostors = sample.scores.filter((_, index) => !sample.same[index]);
      const won = genuine.flatMap((x) => impostors.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)));
      close(report(sample).auc, won.reduce<number>((total, value) => total + value, 0) / won.length);
    }),
  );
});

test('AUC is the area under the ROC polygon, which is monotone from (0, 0) to (1, 1)', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const { roc, auc } = report(sample);
      let area = 0;
      for (let i = 1; i < roc.far.length; i++) {
        const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [roc.far[i - 1], roc.far[i], roc.tar[i - 1], roc.tar[i]];
        assert.ok(x1 >= x0 && y1 >= y0 && (roc.threshold[i] ?? 0) < (roc.threshold[i - 1] ?? 0));
        area += ((x1 - x0) * (y0 + y1)) / 2;
      }
      close(area, auc);
      assert.deepEqual([roc.far[0], roc.tar[0], roc.far.at(-1), roc.tar.at(-1)], [0, 0, 1, 1]);
    }),
  );
});

test('every ROC point is what its threshold accepts', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const { roc, samePairs, differentPairs } = report(sample);
      roc.threshold.forEach((threshold, point) => {
        const accepted = sample.same.filter((_, index) => (sample.scores[index] ?? 0) >= threshold);
        close(roc.tar[point] ?? 0, accepted.filter(Boolean).length / samePairs);
        close(roc.far[point] ?? 0, accepted.filter((flag) => !flag).length / differentPairs);
      });
    }),
  );
});

test('monotone transforms of the scores change no figure but the threshold', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const before = report(sample);
      const after = report({ ...sample, scores: sample.scores.map((score) => Math.exp(3 * score)) });
      close(after.auc, before.auc);
      close(after.eer, before.eer);
      close(after.accuracyAtThreshold, before.accuracyAtThreshold);
      assert.deepEqual(after.roc.tar, before.roc.tar);
      const scaled = report({ ...sample, scores: sample.scores.map((score) => 4 * score + 8) });
      close(scaled.accuracy, before.accuracy);
      close(scaled.threshold, 4 * before.threshold + 8);
    }),
  );
});

test('swapping the labels turns AUC and EER into 1 - AUC and 1 - EER', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const before = report(sample);
      const swapped = report({ ...sample, same: sample.same.map((flag) => !flag) });
      close(swapped.auc, 1 - before.auc);
      close(swapped.eer, 1 - before.eer);
    }),
  );
});

test('the equal error rate lies between the two errors around the crossing', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const { roc, eer } = report(sample);
      const after = roc.far.findIndex((far, index) => far >= 1 - (roc.tar[index] ?? 0));
      assert.ok(eer >= (roc.far[after - 1] ?? 0) - 1e-12 && eer <= (roc.far[after] ?? 0) + 1e-12);
      assert.ok(eer <= 1 - (roc.tar[after - 1] ?? 0) + 1e-12 && eer >= 1 - (roc.tar[after] ?? 0) - 1e-12);
      assert.ok(roc.far.every((far, index) => Math.max(far, 1 - (roc.tar[index] ?? 0)) >= eer - 1e-12));
    }),
  );
});

test('perfectly separated scores give perfect figures and a threshold in the gap', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const separated = { ...sample, scores: sample.scores.map((score, index) => score / 4 + (sample.same[index] ? 0.5 : -0.5)) };
      const figures = report(separated);
      assert.equal(figures.auc, 1);
      assert.equal(figures.eer, 0);
      assert.equal(figures.accuracyAtThreshold, 1);
      assert.ok(figures.threshold > -0.25 && figures.threshold <= 0.25);
    }),
  );
});

test('the recommended threshold is the best of all, and all thresholds lie in the range of the scores', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const figures = report(sample);
      const lowest = Math.min(...sample.scores);
      const highest = Math.max(...sample.scores);
      const inRange = (value: number): boolean => value >= lowest && value <= highest;
      close(figures.accuracyAtThreshold, accuracyAt(sample, figures.threshold));
      for (const candidate of sample.scores) assert.ok(accuracyAt(sample, candidate) <= figures.accuracyAtThreshold + 1e-12);
      const { low, high } = figures.thresholdInterval;
      assert.ok(low <= figures.threshold && figures.threshold <= high && inRange(low) && inRange(high));
      assert.ok(figures.folds.every(({ threshold }) => inRange(threshold)));
    }),
  );
});

test('each fold is judged at a threshold that is best on the other folds alone', () => {
  fc.assert(
    fc.property(samples, (sample) => {
      const names = [...new Set(sample.folds)].sort((x, y) => x - y);
      const figures = report(sample);
      assert.equal(figures.folds.length, names.length);
      figures.folds.forEach(({ threshold, accuracy }, index) => {
        const isOwn = (pair: number): boolean => sample.folds[pair] === names[index];
        const others = sample.scores.filter((_, pair) => !isOwn(pair));
        const best = Math.max(...others.map((candidate) => accuracyAt(sample, candidate, (pair) => !isOwn(pair))));
        close(accuracyAt(sample, threshold, (pair) => !isOwn(pair)), best);
        close(accuracyAt(sample, threshold, isOwn), accuracy);
      });
      close(figures.accuracy, figures.folds.reduce((total, fold) => total + fold.accuracy, 0) / names.length);
    }),
  );
});

test('a worked example', () => {
  const scores = [0.9, 0.8, 0.4, 0.7, 0.3, 0.1];
  const same = [true, true, true, false, false, false];
  const figures = verify(scores, same, [0, 1, 0, 1, 0, 1], quick);
  close(figures.auc, 8 / 9);
  close(figures.eer, 1 / 3);
  close(figures.threshold, midpoint(0.3, 0.4));
  close(figures.accuracyAtThreshold, 5 / 6);
  // Fold 0 {0.9+, 0.4+, 0.3-} at the best of 0.8+, 0.7-, 0.1- (0.75); fold 1 at the best of 0.9+, 0.4+, 0.3- (0.35).
  close(figures.folds[0]?.threshold ?? NaN, 0.75);
  close(figures.folds[1]?.threshold ?? NaN, 0.35);
  close(figures.accuracy, 2 / 3);
  close(figures.accuracyDeviation, 0);
});

test('TAR at FAR is interpolated, and absent where fewer than 10 pairs of different people decide it', () => {
  const roc: RocCurve = { far: Float64Array.of(0, 0, 0.2, 0.2, 1), tar: Float64Array.of(0, 0.4, 0.6, 0.8, 1), threshold: Float64Array.of(Infinity, 4, 3, 2, 1) };
  close(trueAcceptRateAt(roc, 0), 0.4);
  close(trueAcceptRateAt(roc, 0.1), 0.5);
  close(trueAcceptRateAt(roc, 0.2), 0.8);
  close(trueAcceptRateAt(roc, 0.6), 0.9);
  close(trueAcceptRateAt(roc, 1), 1);
  const rates = (pairs: number): number[] => {
    const { scores, same, folds } = normalSample(pairs, 1);
    return verify(scores, same, folds, quick).tarAtFar.map(({ far }) => far);
  };
  assert.deepEqual(rates(198), []);
  assert.deepEqual(rates(200), [1e-1]);
  assert.deepEqual(rates(19_998), [1e-1, 1e-2]);
  assert.deepEqual(rates(20_000), [1e-1, 1e-2, 1e-3]);
});

test('the threshold of a false accept rate keeps it', () => {
  const { scores, same, folds } = normalSample(20_000, 2);
  for (const { far, threshold, tar } of verify(scores, same, folds, quick).tarAtFar) {
    const accepted = scores.reduce((total, score, pair) => total + (same[pair] === 0 && score >= threshold ? 1 : 0), 0);
    assert.equal(accepted, Math.round(far * 10_000), 'no two scores are equal, so the rate is met exactly');
    assert.ok(tar > 0 && tar <= 1);
  }
});

test('the bootstrap interval holds the true threshold of known distributions, and narrows with more pairs', () => {
  const width = [600, 60_000].map((pairs) => {
    const { scores, same, folds } = normalSample(pairs, 3);
    const { thresholdInterval, threshold } = verify(scores, same, folds);
    assert.ok(thresholdInterval.low <= 0.3 && thresholdInterval.high >= 0.3, JSON.stringify(thresholdInterval));
    assert.ok(Math.abs(threshold - 0.3) < 0.06);
    assert.deepEqual([thresholdInterval.level, thresholdInterval.samples], [0.95, 1000]);
    return thresholdInterval.high - thresholdInterval.low;
  });
  assert.ok((width[1] ?? 1) < (width[0] ?? 0), String(width));
});

test('the bootstrap interval is that of drawing pairs with replacement', () => {
  const pairs = 800;
  const { scores, same, folds } = normalSample(pairs, 10);
  const { thresholdInterval } = verify(scores, same, folds, { bootstrapSamples: 3000 });
  const random = new SeededRandom('direct-bootstrap');
  const { values, rank } = rankScores(scores, same);
  const thresholds = Array.from({ length: 3000 }, () => {
    const drawn = { values, same: new Uint32Array(values.length), different: new Uint32Array(values.length) };
    for (let draw = 0; draw < pairs; draw++) {
      const pair = random.below(pairs);
      const column = same[pair] === 1 ? drawn.same : drawn.different;
      column[rank[pair] ?? 0] = (column[rank[pair] ?? 0] ?? 0) + 1;
    }
    return bestThreshold(drawn).threshold;
  }).sort((x, y) => x - y);
  const near = (actual: number, direct = NaN): boolean => Math.abs(actual - direct) < 0.004;
  assert.ok(near(thresholdInterval.low, thresholds[75]) && near(thresholdInterval.high, thresholds[2925]), JSON.stringify(thresholdInterval));
});

test('the same seed gives the same report, another seed another interval', () => {
  const { scores, same, folds } = normalSample(500, 4);
  const first = verify(scores, same, folds, { seed: 1 });
  assert.deepEqual(verify(scores, same, folds, { seed: 1 }), first);
  const second = verify(scores, same, folds, { seed: 2 });
  assert.equal(second.threshold, first.threshold);
  assert.notDeepEqual(second.thresholdInterval, first.thresholdInterval);
});

test('figures of two normal distributions agree with theory', () => {
  const { scores, same, folds } = normalSample(200_000, 5);
  const figures = verify(scores, same, folds, quick);
  // Distance 0.5, deviation 0.15: EER = Phi(-0.25 / 0.15), AUC = Phi(0.5 / (0.15 * sqrt 2)).
  assert.ok(Math.abs(figures.eer - 0.04779) < 0.002, String(figures.eer));
  assert.ok(Math.abs(figures.auc - 0.990789) < 0.001, String(figures.auc));
  assert.ok(Math.abs(figures.accuracy - 0.95221) < 0.002, String(figures.accuracy));
});

test('the histogram counts every pair once, over -1..1 for cosines that spread', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 60 }), (sample, histogramBins) => {
      const { histogram, samePairs, differentPairs } = verify(sample.scores, sample.same, sample.folds, { ...quick, histogramBins });
      const spread = Math.max(...sample.scores) - Math.min(...sample.scores);
      const range = spread > 0 && spread < 0.1 ? [Math.min(...sample.scores), Math.max(...sample.scores)] : [-1, 1];
      assert.deepEqual([histogram.low, histogram.high, histogram.same.length], [...range, histogramBins]);
      assert.equal(histogram.same.reduce((total, count) => total + count, 0), samePairs);
      assert.equal(histogram.different.reduce((total, count) => total + count, 0), differentPairs);
    }),
  );
  const distances = verify([5, 5, 5, 5], [true, false, true, false], [0, 0, 1, 1], quick);
  assert.deepEqual([distances.histogram.low, distances.histogram.high], [5, 6]);
  const beginner = verify([0.999, 0.996, 0.998, 0.997], [true, false, true, false], [0, 0, 1, 1], quick);
  assert.deepEqual([beginner.histogram.low, beginner.histogram.high], [0.996, 0.999]);
});

test('a thinned curve keeps both ends, the order and the small false accept rates', () => {
  const { scores, same, folds } = normalSample(50_000, 6);
  const { roc } = verify(scores, same, folds, quick);
  const points = thinnedRoc(roc, 200);
  assert.ok(roc.far.length > 1000 && points.length <= 203 && points.length > 100);
  assert.deepEqual([points[0]?.far, points.at(-1)?.far, points.at(-1)?.tar], [0, 1, 1]);
  assert.ok(points.every((point, index) => index === 0 || point.far >= (points[index - 1]?.far ?? 0)));
  assert.ok(points.filter(({ far }) => far > 0 && far < 1e-2).length > 20);
  assert.deepEqual(detPoints(roc, 200).map(({ far, frr }) => [far, 1 - frr]).at(-1), [1, 1]);
});

test('in turns the figures are the same, and a cancel is heard between two draws', async () => {
  const { scores, same, folds } = normalSample(400, 3);
  assert.deepEqual(await verifyInTurns(undefined, scores, same, folds, quick), verify(scores, same, folds, quick));
  const cancellation = new AbortController();
  let draws = 0;
  const onSample = (done: number): void => {
    if (draws === 0) setTimeout(() => cancellation.abort(), 1);
    draws = done;
  };
  await assert.rejects(verifyInTurns(cancellation.signal, scores, same, folds, { bootstrapSamples: 1e6, onSample }), CancelledError);
  assert.ok(draws > 0 && draws < 1e6);
});

test('equal scores for all pairs are chance', () => {
  const figures = verify([0.5, 0.5, 0.5, 0.5], [true, false, true, false], [0, 0, 1, 1], quick);
  assert.deepEqual([figures.auc, figures.eer, figures.accuracy, figures.threshold], [0.5, 0.5, 0.5, 0.5]);
});

test('what cannot be judged is refused', () => {
  const refused = (scores: number[], same: boolean[], folds: number[], message: RegExp): void => {
    assert.throws(() => verify(scores, same, folds), (error) => error instanceof UserError && message.test(error.message));
  };
  refused([0.1, NaN, 0.3, 0.4], [true, false, true, false], [0, 0, 1, 1], /score of pair 2 of 4 is NaN/u);
  refused([0.1, 0.2, -Infinity, 0.4], [true, false, true, false], [0, 0, 1, 1], /score of pair 3/u);
  refused([0.1, 0.2], [true, true], [0, 1], /2 and 0/u);
  refused([0.1, 0.2], [true, false], [3, 3], /one fold only/u);
  refused([], [], [], /0 and 0/u);
  assert.throws(() => verify([0.1, 0.2], [true], [0, 1]), RangeError);
});

test('the summary has the form that runs keep', () => {
  const small = normalSample(400, 7);
  const large = normalSample(20_000, 7);
  const few = summarize(verify(small.scores, small.same, small.folds, quick));
  assert.deepEqual(verificationSummarySchema.parse(few), few);
  assert.ok(!('tarAtFar1e3' in few));
  const many = summarize(verify(large.scores, large.same, large.folds, quick));
  assert.ok(many.tarAtFar1e3 !== undefined && many.tarAtFar1e3 > 0.3 && many.tarAtFar1e3 < 0.9);
  assert.equal(many.pairs, 20_000);
});
