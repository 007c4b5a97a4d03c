import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunHistory } from '../../../src/protocol/run-history';
import type { PanelStatus } from '../../../src/protocol/training-panel';
import { lossRange, verificationRange } from '../../../webview/training/chart/value-ranges';
import { TrainingModel, type RunModel } from '../../../webview/training/model';
import { testRecord, testStep } from '../../support/run-samples';

/** A parent of 10 steps and its fork at step 6; a step takes one minute. */
function forkedModel(): TrainingModel {
  const parent = testRecord({ name: 'r01', state: 'stopped', lastStep: 20 });
  const own = testRecord({ name: 'r01-arcface', head: 'arcface', firstStep: 6, lastStep: 16, parent: { run: '../r01', name: 'r01', step: 6, head: 'softmax' } });
  const history = (first: number, last: number): RunHistory => {
    const made = new RunHistory();
    made.apply({ kind: 'start', step: first, timeMs: 0, head: 'softmax', resumed: false });
    for (let step = first + 1; step <= last; step++) made.apply(testStep(step, { timeMs: (step - first) * 60_000 }));
    return made;
  };
  const view = (record: typeof parent): PanelStatus['runs'][number] => ({
    id: `/${record.name}`, role: record.parent ? 'own' : 'ancestor', ...(record.parent ? { parentId: '/r01' } : {}), record, health: { kind: 'alive' }, badLines: 0,
  });
  const status: PanelStatus = { runs: [view(own), view(parent)], findings: [], actions: [] };
  const histories = [history(6, 8), history(0, 10)].map((made, index) => ({ id: status.runs[index]?.id ?? '', history: made.toData() }));
  return TrainingModel.from({ kind: 'snapshot', status, histories });
}

describe('TrainingModel', () => {
  test('the curves of a fork and its parent join on both axes', () => {
    const model = forkedModel();
    const [own, parent] = model.runs as [RunModel, RunModel];
    assert.equal(model.xOf(own, 7, 'step'), 7);
    assert.equal(model.xOf(parent, 6, 'time'), 6);
    assert.equal(model.xOf(own, 6, 'time'), 6);
    assert.equal(model.xOf(own, 8, 'time'), 8);
  });

  test('deltas reach the run that they belong to', () => {
    const model = forkedModel();
    model.apply({ kind: 'delta', changes: [{ id: '/r01', events: [testStep(11)] }] });
    assert.deepEqual(model.runs.map(({ history }) => history.last('step')), [8, 11]);
    assert.deepEqual(model.progress, { step: 8, share: 0.2, stepMs: 60_000, remainingMs: 480_000 });
  });
});

test('runs come and go without those that stay being sent again', () => {
  const model = forkedModel();
  const before = model.runs.map(({ history }) => history);
  const added = { id: '/r02', role: 'added' as const, record: testRecord({ name: 'r02' }), health: { kind: 'idle' as const }, badLines: 0 };
  const history = new RunHistory();
  history.apply(testStep(1));
  model.updateRuns({ kind: 'runs', status: { ...model.status, runs: [...model.status.runs, added] }, histories: [{ id: '/r02', history: history.toData() }] });
  assert.deepEqual(model.runs.map(({ history: { length } }) => length), [2, 10, 1]);
  assert.equal(model.runs[0]?.history, before[0]);
  model.updateRuns({ kind: 'runs', status: { ...model.status, runs: model.status.runs.slice(0, 2) }, histories: [] });
  assert.deepEqual(model.runs.map(({ history: kept }) => kept), before);
});

describe('vertical ranges', () => {
  const series = (...values: number[]): { curve: { x: Float64Array; y: Float64Array } }[] =>
    [{ curve: { x: Float64Array.from(values, (_, index) => index), y: Float64Array.from(values) } }];
  const whole = { from: 0, to: 1000 };

  test('the loss is shown from 0 to at least its first value', () => assert.deepEqual(lossRange(series(4.2, 2, 1), whole, false, false), { from: 0, to: 5 }));
  test('a diverging end does not press the rest flat', () => {
    const values = Array.from({ length: 200 }, (_, index) => (index < 197 ? 3 : 1e6));
    assert.equal(lossRange(series(...values), whole, false, false).to, 4);
  });
  test('zoomed, it fits what is shown', () => {
    const { from, to } = lossRange(series(9, 2, 1, 8), { from: 1, to: 2 }, true, false);
    assert.ok(from > 0.8 && from < 1 && to > 2 && to < 2.2);
  });
  test('a logarithmic axis stays above zero', () => assert.ok(lossRange(series(3, 0, 0.01), whole, false, true).from > 0));
  test('without values there is a range all the same', () => assert.deepEqual(lossRange([], whole, false, false), { from: 0, to: 5 }));
  test('the verification shows the lower half only when needed', () => {
    assert.equal(verificationRange(series(0.6, 0.9)).from, 0.5);
    assert.equal(verificationRange(series(0.45, 0.9)).from, 0);
  });
});
