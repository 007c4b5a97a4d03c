import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResumeChoice, ResumeOffer } from '../../../src/protocol/resume-panel';
import { choiceProblems, restoredChoice, resumePlan, stillOffered, warmUpPreset } from '../../../src/protocol/resume-plan';

const choice: ResumeChoice = { point: 'best', dataset: '/d', epochs: 10, learningRate: 1e-3, margin: 0.5, warmUpEpochs: 4, scale: 'adacos' };
const offer: ResumeOffer = {
  key: '/r@', name: 'r01', newName: 'r01-arcface', network: 'k210-s', head: 'softmax', imageSize: 112, identities: 20, embeddingLength: 128, batch: 16, seed: 1,
  checkpoints: [{ point: 'best', step: 200, accuracy: 0.9 }, { point: 'last', step: 260 }, { point: 240, step: 240 }], verifications: [],
  datasets: [{ folder: '/d', name: 'd', people: 20, images: 328, isOwn: true, hasChanged: false, adacosScale: 4.16, imageSize: 112 }],
  defaults: choice, recommendedWarmUp: 4, imagesPerSecond: 32, checkpointBytes: 10e6, keptCheckpoints: 3, active: [], isWaiting: false,
};

describe('resumePlan', () => {
  test('steps, time, space and the loss of guessing', () => {
    assert.deepEqual(resumePlan(offer, choice), {
      checkpoint: offer.checkpoints[0], dataset: offer.datasets[0], stepsPerEpoch: 21, steps: 205, lastStep: 405, warmUpSteps: 82, scale: 4.16,
      firstLoss: Math.log(20), durationMs: 102_500, diskBytes: 30e6,
    });
  });

  test('there is none without the dataset', () => assert.equal(resumePlan({ ...offer, datasets: [] }, choice), undefined));
});

describe('choiceProblems', () => {
  const problems = (changes: Partial<ResumeChoice>, changedOffer = offer): string[] => {
    const changed = { ...choice, ...changes };
    return choiceProblems(changedOffer, changed, resumePlan(changedOffer, changed)).map(({ field, kind }) => `${field} ${kind}`);
  };
  test('a good choice has none', () => assert.deepEqual(problems({}), []));
  test('each number has its range', () => {
    assert.deepEqual(problems({ epochs: 1.5, learningRate: Number.NaN, warmUpEpochs: -1, scale: 1000 }), ['epochs range', 'learningRate range', 'warmUpEpochs range', 'scale range']);
  });
  test('the warm-up is no longer than the run', () => assert.deepEqual(problems({ epochs: 3 }), ['warmUpEpochs too-long']));
  test('crops of another size do not fit', () => assert.deepEqual(problems({}, { ...offer, imageSize: 96 }), ['dataset size']));
});

describe('choices over time', () => {
  test('what a page of another version kept is read as far as it fits', () => {
    const kept = { point: 240, dataset: '/gone', epochs: 7, margin: 'x', scale: 64, learningRate: 99, more: 1 };
    assert.deepEqual(restoredChoice(offer, kept), { ...choice, point: 240, epochs: 7, scale: 64 });
    assert.deepEqual(restoredChoice(offer, 'nonsense'), choice);
  });
  test('a checkpoint that was removed gives way to the best', () => assert.equal(stillOffered(offer, { ...choice, point: 17 }).point, 'best'));
  test('a short run is warmed up for half of it at most', () => assert.deepEqual([20, 8, 5, 1].map((epochs) => warmUpPreset(4, epochs)), [4, 4, 2, 1]));
});
