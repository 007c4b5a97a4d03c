import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { drawWeights, intervalOf, tailShare } from '../../../src/evaluation/bootstrap';
import { selectPairs } from '../../../src/evaluation/pair-selection';
import { verify, type VerificationOptions, type VerificationReport } from '../../../src/evaluation/verification';

interface Crowd {
  readonly people: number;
  readonly photos: number;
  readonly pairs: number;
  readonly seed: number;
}

/**
 * Scores whose spread comes mostly from the people: each person is easy or hard to tell from others and to recognise, as faces
 * are. All pairs of one person then err together.
 */
function crowdScores({ people, photos, pairs: count, seed }: Crowd): { scores: Float64Array; same: Uint8Array; fold: Uint16Array; owners: { a: Uint32Array; b: Uint32Array } } {
  const random = new SeededRandom('crowd', seed);
  const own = Float64Array.from({ length: people }, () => 0.16 * random.normal());
  const pairs = selectPairs(new Array<number>(people).fill(photos), { count, seed });
  const owners = { a: pairs.a.map((picture) => Math.floor(picture / photos)), b: pairs.b.map((picture) => Math.floor(picture / photos)) };
  const scores = Float64Array.from(pairs.same, (same, pair) => {
    const first = own[owners.a[pair] ?? 0] ?? 0;
    const second = own[owners.b[pair] ?? 0] ?? 0;
    return (same ? 0.45 + first : 0.05 + (first + second) / 2) + 0.05 * random.normal();
  });
  return { scores, same: pairs.same, fold: pairs.fold, owners };
}

function judged(crowd: Crowd, byPeople: boolean, options: VerificationOptions = {}): VerificationReport {
  const { scores, same, fold, owners } = crowdScores(crowd);
  return verify(scores, same, fold, { ...(byPeople ? { people: owners } : {}), ...options });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('intervals by people hold the true figures about as often as they say; intervals by pairs do so far less often', () => {
  const crowd = { people: 40, photos: 8, pairs: 1200 };
  const truth = judged({ people: 3000, photos: 4, pairs: 24_000, seed: 99 }, false, { bootstrapSamples: 1 });
  const trials = 40;
  const held = { people: { auc: 0, eer: 0 }, pairs: { auc: 0, eer: 0 } };
  for (let seed = 0; seed < trials; seed++) {
    for (const kind of ['people', 'pairs'] as const) {
      const { intervals } = judged({ ...crowd, seed }, kind === 'people', { bootstrapSamples: 100, falseAcceptRates: [] });
      for (const figure of ['auc', 'eer'] as const) {
        if (intervals[figure].low <= truth[figure] && truth[figure] <= intervals[figure].high) held[kind][figure]++;
      }
    }
  }
  for (const figure of ['auc', 'eer'] as const) {
    assert.ok(held.people[figure] >= 0.8 * trials, `${figure}: ${JSON.stringify(held)}`);
    assert.ok(held.pairs[figure] < 0.6 * trials, `${figure}: ${JSON.stringify(held)}`);
  }
});

test('intervals by people are as wide as the figures of other crowds are apart', () => {
  const crowds = Array.from({ length: 40 }, (_, seed) => judged({ people: 40, photos: 8, pairs: 1200, seed: 500 + seed }, true, { bootstrapSamples: 100 }));
  const aucs = crowds.map(({ auc }) => auc).sort((x, y) => x - y);
  const apart = (aucs[38] ?? 0) - (aucs[1] ?? 0);
  const width = mean(crowds.map(({ intervals }) => intervals.auc.high - intervals.auc.low));
  assert.ok(width > 0.6 * apart && width < 1.7 * apart, `${width} for ${apart}`);
});

test('every interval holds its figure, says how it was made, and is the same for the same seed', () => {
  const crowd = { people: 30, photos: 6, pairs: 600, seed: 1 };
  const report = judged(crowd, true, { seed: 5, bootstrapSamples: 200 });
  const { intervals } = report;
  assert.deepEqual([intervals.method, intervals.level, intervals.seed], ['identities', 0.95, 5]);
  assert.ok(intervals.samples > 190 && intervals.samples <= 200);
  for (const figure of ['accuracy', 'auc', 'eer', 'threshold'] as const) {
    assert.ok(intervals[figure].low <= report[figure] && report[figure] <= intervals[figure].high, figure);
    assert.ok(intervals[figure].low < intervals[figure].high, figure);
  }
  assert.ok(report.tarAtFar.length > 0);
  for (const { tar, interval } of report.tarAtFar) assert.ok(interval.low <= tar && tar <= interval.high);
  assert.ok(report.rocBand.every(({ far, low, high }, index) => low <= high && far > (report.rocBand[index - 1]?.far ?? 0)));
  assert.deepEqual(judged(crowd, true, { seed: 5, bootstrapSamples: 200 }).intervals, intervals);
  assert.notDeepEqual(judged(crowd, true, { seed: 6, bootstrapSamples: 200 }).intervals.auc, intervals.auc);
  assert.equal(judged(crowd, false, { bootstrapSamples: 20 }).intervals.method, 'pairs');
});

test('a draw of people repeats each person\'s pairs: two people of one kind each give the four mixes and no more', () => {
  // Person 0 has the pair with 0.9, person 1 the one with 0.2; the pair of both scores 0.5. A draw is 0 0, 0 1, 1 0 or 1 1, and
  // only the mixed ones have a pair of different people.
  const report = verify([0.9, 0.2, 0.5, 0.5], [1, 1, 0, 0], [0, 1, 0, 1], { people: { a: [0, 1, 0, 1], b: [0, 1, 1, 0] }, bootstrapSamples: 400 });
  assert.ok(Math.abs(report.intervals.samples - 200) < 45, `${report.intervals.samples} draws of 400 have both`);
  assert.deepEqual(report.intervals.auc, { low: 0.5, high: 0.5 });
});

test('draws with replacement', () => {
  const random = new SeededRandom('draws');
  const weights = new Uint32Array(50);
  let absent = 0;
  for (let draw = 0; draw < 400; draw++) {
    drawWeights(weights, random);
    assert.equal(weights.reduce((sum, value) => sum + value, 0), 50);
    absent += weights.filter((weight) => weight === 0).length;
  }
  assert.ok(Math.abs(absent / 400 / 50 - (1 - 1 / 50) ** 50) < 0.01, 'each is left out with probability (1 - 1/n)^n');
});

test('the interval is the middle 95 % of the draws, and holds the measured value', () => {
  const draws = Array.from({ length: 1001 }, (_, index) => (index * 617) % 1001);
  const { low, high } = intervalOf(draws, 500);
  assert.ok(Math.abs(low - 25) < 1e-9 && Math.abs(high - 975) < 1e-9);
  assert.equal(intervalOf(draws, 990).high, 990);
  assert.deepEqual(intervalOf([], 0.4), { low: 0.4, high: 0.4 });
});

test('few people make the interval wider, as t quantiles do', () => {
  // t quantiles of 11, 29 and 99 degrees of freedom at 97.5 %, from tables; times sqrt(n / (n - 1)); then the normal tail beyond.
  const table = [[12, 2.201], [30, 2.0452], [100, 1.9842]] as const;
  for (const [count, t] of table) {
    const beyond = t * Math.sqrt(count / (count - 1));
    let tail = 0;
    for (let x = beyond; x < 12; x += 1e-4) tail += (1e-4 * Math.exp(-((x + 5e-5) ** 2) / 2)) / Math.sqrt(2 * Math.PI);
    assert.ok(Math.abs(tailShare(count) / tail - 1) < 0.01, `${count}: ${tailShare(count)} for ${tail}`);
  }
  assert.ok(Math.abs(tailShare(1e9) - 0.025) < 1e-6);
});

test('rates that too few pairs decide are told, with the number that it takes', () => {
  const { tarAtFar, undecidedRates, differentPairs } = judged({ people: 40, photos: 8, pairs: 1200, seed: 1 }, true, { bootstrapSamples: 10 });
  assert.equal(differentPairs, 600);
  assert.deepEqual(tarAtFar.map(({ far }) => far), [1e-1]);
  assert.deepEqual(undecidedRates, [
    { far: 1e-2, differentPairsNeeded: 1000 }, { far: 1e-3, differentPairsNeeded: 10_000 }, { far: 1e-4, differentPairsNeeded: 100_000 },
  ]);
});

test('progress is told after each draw', () => {
  const told: number[][] = [];
  judged({ people: 20, photos: 4, pairs: 100, seed: 1 }, true, { bootstrapSamples: 5, onSample: (done, total) => told.push([done, total]) });
  assert.deepEqual(told, [[1, 5], [2, 5], [3, 5], [4, 5], [5, 5]]);
});
