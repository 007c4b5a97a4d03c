import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RunEvent, RunRecord } from '../../../src/protocol/run';
import { runActions, type ActionInput } from '../../../src/protocol/run-actions';
import { findRunFindings } from '../../../src/protocol/run-findings';
import { HeartbeatWatch, judgeHealth, type HealthEvidence, type RunHealth } from '../../../src/protocol/run-health';
import { RunHistory } from '../../../src/protocol/run-history';
import { testEvaluation, testRecord, testStep } from '../../support/run-samples';

describe('judgeHealth', () => {
  const evidence: HealthEvidence = { state: 'running', holder: { processExists: true, heartbeatAgeMs: 1000 }, recordAgeMs: 500_000 };
  const cases: [string, Partial<HealthEvidence>, RunHealth][] = [
    ['fresh heartbeat', {}, { kind: 'alive' }],
    ['heartbeat on another machine', { holder: { processExists: undefined, heartbeatAgeMs: 1000 } }, { kind: 'alive' }],
    ['old heartbeat', { holder: { processExists: true, heartbeatAgeMs: 34_000 } }, { kind: 'silent', silentMs: 34_000 }],
    ['process gone', { holder: { processExists: false, heartbeatAgeMs: 1000 } }, { kind: 'lost' }],
    ['no lock, record long ago', { holder: undefined }, { kind: 'lost' }],
    ['no lock yet, record just written', { holder: undefined, recordAgeMs: 100 }, { kind: 'alive' }],
    ['finished with a left lock', { state: 'finished', holder: { processExists: false, heartbeatAgeMs: 1000 } }, { kind: 'idle' }],
  ];
  for (const [name, change, expected] of cases) {
    test(name, () => assert.deepEqual(judgeHealth({ ...evidence, ...change }), expected));
  }
});

describe('HeartbeatWatch', () => {
  /** Ages that an observer sees who looks every 2 s; the other machine's clock is ahead by `skewMs`, and its job beats until `lastBeatMs`. */
  const ages = (skewMs: number, { lastBeatMs = Infinity, looks = 4 }: { lastBeatMs?: number; looks?: number } = {}): number[] => {
    const watch = new HeartbeatWatch();
    return Array.from({ length: looks }, (_, look) => {
      const nowMs = 1_000_000 + 2000 * look;
      return watch.ageMs('/runs/r01', Math.min(nowMs - 500, lastBeatMs) + skewMs, nowMs);
    });
  };

  test('goes by the time that a heartbeat says at first, and by its change from then on', () => {
    assert.deepEqual(ages(0), [500, 0, 0, 0]);
    assert.deepEqual(ages(-60_000), [60_500, 0, 0, 0], 'a clock that is behind');
    assert.deepEqual(ages(60_000), [59_500, 0, 0, 0], 'a clock that is ahead');
  });

  test('a heartbeat that does not change ages', () => {
    assert.deepEqual(ages(0, { lastBeatMs: 900_000 }), [100_000, 102_000, 104_000, 106_000]);
    assert.deepEqual(ages(-60_000, { lastBeatMs: 1_002_000, looks: 6 }), [60_500, 0, 0, 2000, 4000, 6000]);
    assert.equal(ages(60_000, { lastBeatMs: 1_002_000, looks: 15 }).at(-1), 24_000, 'also one from the future');
  });

  test('tells jobs apart', () => {
    const watch = new HeartbeatWatch();
    watch.ageMs('/runs/r01', 5000, 100_000);
    assert.equal(watch.ageMs('/runs/r02', 6000, 102_000), 96_000);
  });
});

describe('runActions', () => {
  const input: ActionInput = { state: 'running', head: 'softmax', hasCheckpoint: true, flat: false };
  const primary = (change: Partial<ActionInput>): string | undefined => runActions({ ...input, ...change }).find((action) => action.primary)?.name;

  test('the next step of the journey is primary', () => {
    assert.equal(primary({}), 'pause');
    assert.equal(primary({ flat: true }), 'resume-arcface');
    assert.equal(primary({ state: 'paused' }), 'continue');
    assert.equal(primary({ state: 'finished' }), 'resume-arcface');
    assert.equal(primary({ state: 'finished', head: 'arcface' }), 'evaluate');
    assert.equal(primary({ state: 'lost' }), 'resume');
    assert.equal(primary({ state: 'lost', hasCheckpoint: false }), undefined);
    assert.equal(primary({ state: 'stopping' }), undefined);
  });

  test('at most one action is primary, and it comes last', () => {
    for (const state of ['waiting', 'running', 'paused', 'stopping', 'finished', 'stopped', 'failed', 'silent', 'lost'] as const) {
      for (const flat of [true, false]) {
        const actions = runActions({ ...input, state, flat });
        assert.ok(actions.slice(0, -1).every((action) => !action.primary), state);
      }
    }
  });
});

describe('findRunFindings', () => {
  const kinds = (events: readonly RunEvent[], record: Partial<RunRecord> = {}, health: RunHealth = { kind: 'alive' }): string[] => {
    const history = new RunHistory();
    for (const event of events) history.apply(event);
    return findRunFindings(testRecord(record), history, health).map((finding) => finding.kind);
  };
  const stepsWith = (count: number, loss: (step: number) => number | null): RunEvent[] =>
    Array.from({ length: count }, (_, index) => testStep(index + 1, { loss: loss(index + 1) }));

  test('a healthy run has none', () => assert.deepEqual(kinds(stepsWith(500, (step) => 0.2 + 3 / step)), []));
  test('NaN', () => assert.deepEqual(kinds(stepsWith(50, (step) => (step > 40 ? null : 2))), ['not-finite']));
  test('divergence', () => assert.deepEqual(kinds(stepsWith(200, (step) => (step < 150 ? 2 : 2 + (step - 150) / 5))), ['diverged']));
  test('a jump back from a very low loss to less than the first loss is no divergence', () => {
    assert.deepEqual(kinds(stepsWith(200, (step) => (step < 20 ? 3 : step < 170 ? 0.1 : 0.5))), []);
  });
  test('dead loss stays at ln(people)', () => {
    assert.deepEqual(kinds(stepsWith(300, () => Math.log(20))), ['dead']);
    assert.deepEqual(kinds(stepsWith(299, () => Math.log(20))), []);
    assert.deepEqual(kinds(stepsWith(300, () => Math.log(20)), { head: 'arcface' }), []);
  });
  test('plateau of the verification', () => {
    const flat = [1, 2, 3, 4].map((step) => testEvaluation(step * 10, 0.9 + step / 1e4));
    assert.deepEqual(kinds(flat), ['plateau']);
    assert.deepEqual(kinds(flat, { head: 'arcface' }), []);
    assert.deepEqual(kinds([1, 2, 3, 4].map((step) => testEvaluation(step * 10, 0.8 + step / 50))), []);
  });
  test('finished softmax offers ArcFace', () => assert.deepEqual(kinds([], { state: 'finished' }, { kind: 'idle' }), ['ready-for-arcface']));
  test('a finished run is told how it ended, and not what could have been helped meanwhile', () => {
    const slow = Array.from({ length: 30 }, (_, index) => testStep(index + 1, { dataShare: 0.7, memoryBytes: 7.5e9 }));
    const flat = [1, 2, 3, 4].map((step) => testEvaluation(step * 10, 0.9 + step / 1e4));
    assert.deepEqual(kinds([...slow, ...flat]), ['plateau', 'data-bound', 'memory']);
    assert.deepEqual(kinds([...slow, ...flat], { state: 'finished' }, { kind: 'idle' }), ['ready-for-arcface']);
    const ending: RunEvent = { kind: 'ending', step: 30, timeMs: 1, rule: 'early-stopping', message: 'No gain of loss over 6 epochs.', checkpoint: 20 };
    assert.deepEqual(kinds([...slow, ...flat, ending], { state: 'finished' }, { kind: 'idle' }), ['ended', 'ready-for-arcface']);
    const switched: RunEvent = { kind: 'ending', step: 30, timeMs: 1, rule: 'switch-head', message: 'The loss lingers.' };
    assert.deepEqual(kinds([...slow, ...flat, switched], { state: 'finished' }, { kind: 'idle' }), ['ended'], 'the run with ArcFace has begun');
    const resumed: RunEvent = { kind: 'start', step: 30, timeMs: 2, head: 'softmax', resumed: true };
    assert.deepEqual(kinds([...slow, ending, resumed], { state: 'running' }), ['data-bound', 'memory']);
  });
  test('a gradient that is no number is named once, with the checkpoint of the ending', () => {
    const broken: RunEvent = { kind: 'ending', step: 12, timeMs: 1, rule: 'not-finite', message: 'The gradient became NaN.', checkpoint: 10 };
    assert.deepEqual(kinds([testStep(12), broken], { state: 'failed', failure: 'The gradient became NaN.' }, { kind: 'idle' }), ['not-finite']);
  });
  test('lost and silent jobs', () => {
    assert.deepEqual(kinds([], {}, { kind: 'lost' }), ['lost']);
    assert.deepEqual(kinds([], {}, { kind: 'silent', silentMs: 30_000 }), ['silent']);
  });
  test('slow data and full memory', () => {
    assert.deepEqual(kinds(Array.from({ length: 30 }, (_, index) => testStep(index + 1, { dataShare: 0.7 }))), ['data-bound']);
    assert.deepEqual(kinds([testStep(1, { memoryBytes: 7.5e9 })]), ['memory']);
  });
});
