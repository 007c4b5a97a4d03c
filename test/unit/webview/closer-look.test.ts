import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunHistory, chartColumns, countUpTo } from '../../../src/protocol/run-history';
import { smoothedLowest } from '../../../src/protocol/smoothed-column';
import { thinHistory } from '../../../src/protocol/thinned-history';
import type { PanelRequest, PanelStatus } from '../../../src/protocol/training-panel';
import { CloserLook } from '../../../webview/training/closer-look';
import { TrainingModel, type RunModel } from '../../../webview/training/model';
import { restoreViewState, type ViewState } from '../../../webview/training/view-state';
import { testRecord, testStep } from '../../support/run-samples';

const steps = 40_000;
const view = { x: { from: 0, to: steps }, widthPx: 700 };
const whole = restoreViewState(undefined);
const zoomedTo = (from: number, to: number): ViewState => ({ ...whole, zoomX: [from, to] });

/** A page with a long run whose host has all of it. */
function openPage(): { readonly model: TrainingModel; readonly asked: PanelRequest[]; readonly look: (state: ViewState) => Promise<void>; readonly full: RunHistory } {
  const full = new RunHistory();
  for (let step = 1; step <= steps; step++) full.apply(testStep(step, { loss: 1 + Math.abs(step - 30_000) / 10_000 + 0.2 * Math.sin(step) }));
  const record = testRecord({ name: 'r01', lastStep: 2 * steps });
  const status: PanelStatus = { runs: [{ id: '/r01', role: 'own', record, health: { kind: 'alive' }, badLines: 0 }], findings: [], actions: [] };
  const model = TrainingModel.from({ kind: 'snapshot', status, histories: [{ id: '/r01', history: structuredClone(thinHistory(full)) }] });
  const asked: PanelRequest[] = [];
  const answer = (request: PanelRequest): unknown => {
    asked.push(request);
    if (request.name === 'lowestLoss') {
      const lowest = smoothedLowest(full.column('loss'), request.params.smoothing);
      return lowest && { loss: lowest.value, step: full.column('step')[lowest.index] };
    }
    if (request.name !== 'detail') throw new Error(request.name);
    return request.params.ranges.map(({ run, fromStep, toStep }) => {
      const [from, to] = [Math.max(0, countUpTo(full.column('step'), fromStep) - 1024), countUpTo(full.column('step'), toStep)];
      return { id: run, history: structuredClone(thinHistory(full, { columns: chartColumns, rows: { from, to }, groupRows: 8192 })) };
    });
  };
  let told = (): void => undefined;
  const closerLook = new CloserLook((request) => Promise.resolve(answer(request)), () => told());
  const look = async (state: ViewState): Promise<void> => {
    const answered = new Promise<boolean>((resolve) => {
      told = () => resolve(true);
      setTimeout(() => resolve(false), 300);
    });
    const [from, to] = state.zoomX ?? [0, steps];
    closerLook.update(model, state, { ...view, x: { from, to } });
    await answered;
  };
  return { model, asked, look, full };
}

function own(model: TrainingModel): RunModel {
  return model.own;
}

describe('CloserLook', () => {
  test('without a zoom only the lowest loss is asked for, once for each smoothing', async () => {
    const { model, asked, look, full } = openPage();
    await look(whole);
    await look(whole);
    assert.deepEqual(asked, [{ name: 'lowestLoss', params: { smoothing: 0.9 } }]);
    const lowest = smoothedLowest(full.column('loss'), 0.9);
    assert.deepEqual(model.lowestLoss(0.9), { loss: lowest?.value, step: (lowest?.index ?? 0) + 1 });
    await look({ ...whole, smoothing: 0.5 });
    assert.equal(asked.length, 2);
  });

  test('a zoom gets every step that is in sight, is not asked for again, and is let go of with it', async () => {
    const { model, asked, look } = openPage();
    await look(whole);
    await look(zoomedTo(10_000, 10_600));
    const drawn = model.drawnHistory(own(model));
    const shown = [...drawn.column('step')].filter((step) => step >= 10_000 && step <= 10_600);
    assert.deepEqual(shown, Array.from({ length: 601 }, (_, index) => 10_000 + index));
    await look(zoomedTo(10_100, 10_700));
    assert.equal(asked.filter(({ name }) => name === 'detail').length, 1, 'a small pan finds its steps there');
    await look(zoomedTo(20_000, 20_600));
    assert.equal(asked.filter(({ name }) => name === 'detail').length, 2);
    await look(whole);
    assert.equal(model.drawnHistory(own(model)), own(model).history);
  });

  test('however wide the zoom is, one answer is enough', async () => {
    const { model, asked, look } = openPage();
    await look(whole);
    for (const width of [2000, 5000, 12_000, 25_000]) {
      const before = asked.length;
      for (let times = 0; times < 3; times++) await look(zoomedTo(5000, 5000 + width));
      assert.ok(asked.length - before <= 1, `${width} steps`);
    }
    assert.ok(model.drawnHistory(own(model)).length < 20_000);
  });

  test('the end of a live run goes on in detail', async () => {
    const { model, look } = openPage();
    await look(whole);
    await look(zoomedTo(steps - 3000, steps + 500));
    model.apply({ kind: 'delta', changes: [{ id: '/r01', events: [testStep(steps + 1, { loss: 7 })] }] });
    const drawn = model.drawnHistory(own(model));
    assert.notEqual(drawn, own(model).history);
    assert.deepEqual([drawn.last('step'), drawn.last('loss'), own(model).history.last('step')], [steps + 1, 7, steps + 1]);
  });
});
