import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RunHistory, countUpTo } from '../../../src/protocol/run-history';
import type { RunEvent } from '../../../src/protocol/run';
import { runProgress } from '../../../src/protocol/run-progress';
import { testEvaluation, testRecord, testStep, testValidation } from '../../support/run-samples';

function historyOf(events: readonly RunEvent[]): RunHistory {
  const history = new RunHistory();
  for (const event of events) history.apply(event);
  return history;
}

function start(step: number, timeMs: number, resumed = step > 0): RunEvent {
  return { kind: 'start', step, timeMs, head: 'softmax', resumed };
}

const steps = (from: number, to: number): RunEvent[] => Array.from({ length: to - from + 1 }, (_, index) => testStep(from + index));

describe('RunHistory', () => {
  test('a start takes back steps, evaluations, checkpoints and rate changes after its checkpoint', () => {
    const rate: RunEvent = { kind: 'learning-rate', step: 8, timeMs: 8000, from: 1e-3, to: 1e-4, reason: 'plateau' };
    const history = historyOf([
      start(0, 0), ...steps(1, 4), { kind: 'checkpoint', step: 4, timeMs: 4000 }, testEvaluation(4, 0.8), testValidation(4, 2), ...steps(5, 9), testEvaluation(8, 0.9),
      testValidation(8, 1), { kind: 'ending', step: 9, timeMs: 9000, rule: 'early-stopping', message: 'No gain.' },
      { kind: 'checkpoint', step: 8, timeMs: 8000 }, rate, start(4, 100_000), testStep(5, { loss: 7, timeMs: 101_000 }),
    ]);
    assert.deepEqual([...history.column('step')], [1, 2, 3, 4, 5]);
    assert.equal(history.last('loss'), 7);
    assert.deepEqual(history.checkpoints, [4]);
    assert.deepEqual(history.evaluations.map((event) => event.step), [4]);
    assert.deepEqual(history.validations.map((event) => event.step), [4]);
    assert.deepEqual([history.learningRates, history.ending], [[], undefined]);
  });

  test('training time leaves out pauses and the time between stop and resume', () => {
    const history = historyOf([
      start(0, 0), testStep(1, { timeMs: 1000 }), { kind: 'state', step: 1, timeMs: 1500, state: 'paused' },
      { kind: 'state', step: 1, timeMs: 60_000, state: 'running' }, testStep(2, { timeMs: 61_000 }), start(2, 500_000), testStep(3, { timeMs: 502_000 }),
    ]);
    assert.deepEqual([...history.column('elapsedMs')], [1000, 2500, 4500]);
    assert.equal(history.elapsedMs, 4500);
  });

  test('a loss that is no number is NaN and does not enter the mean', () => {
    const history = historyOf([start(0, 0), testStep(1, { loss: 2 }), testStep(2, { loss: null }), testStep(3, { loss: 4 })]);
    assert.ok(Number.isNaN(history.column('loss')[1]));
    assert.equal(history.recentMean('loss', 3), 3);
    assert.equal(new RunHistory().recentMean('loss', 3), undefined);
  });

  test('a copy from its data continues like the original', () => {
    const original = historyOf([start(0, 0), ...steps(1, 100)]);
    const copy = new RunHistory(structuredClone(original.toData()));
    for (const history of [original, copy]) history.apply(testStep(101, { loss: 0.5 }));
    assert.deepEqual(copy.toData(), original.toData());
  });

  test('steps are strictly ascending whatever the order of events', () => {
    const event = fc.oneof(
      fc.nat(50).map((step) => testStep(step)),
      fc.nat(50).map((step) => start(step, step * 1000)),
    );
    fc.assert(fc.property(fc.array(event, { maxLength: 80 }), (events) => {
      const column = [...historyOf(events).column('step')];
      assert.deepEqual(column, [...new Set(column)].sort((a, b) => a - b));
    }));
  });
});

test('countUpTo finds the number of values not above the limit', () => {
  const values = Float64Array.of(1, 3, 3, 7);
  assert.deepEqual([0, 1, 3, 6, 7, 9].map((limit) => countUpTo(values, limit)), [0, 1, 3, 3, 4, 4]);
});

describe('runProgress', () => {
  test('counts a fork from its own first step and estimates from its own speed', () => {
    const events = [start(40, 0), ...[41, 42, 43].map((step) => testStep(step, { timeMs: (step - 40) * 2000 }))];
    assert.deepEqual(runProgress(testRecord({ firstStep: 40, lastStep: 46 }), historyOf(events)), { step: 43, share: 0.5, stepMs: 2000, remainingMs: 6000 });
  });

  test('estimates nothing before the second step', () => {
    assert.deepEqual(runProgress(testRecord({ firstStep: 40, lastStep: 50 }), new RunHistory()), { step: 40, share: 0 });
  });
});
