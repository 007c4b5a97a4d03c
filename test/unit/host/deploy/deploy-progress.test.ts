import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeployProgress } from '../../../../src/host/deploy/deploy-progress';
import type { DeployEvent, DeployStep } from '../../../../src/protocol/deploy-events';

const step = (name: DeployStep, ms: number, state = name as string): DeployEvent => ({ event: 'step', ms, step: name, state });
const sent = (done: number, ms: number): DeployEvent => ({ event: 'progress', ms, label: 'Writing', done, total: 1000, unit: 'bytes', perSecond: 100 });

function progressOf(...events: readonly DeployEvent[]): DeployProgress {
  const progress = new DeployProgress();
  events.forEach((event) => progress.apply(event));
  return progress;
}

describe('the progress of a deploy', () => {
  test('times each step from its events', () => {
    const progress = progressOf(step('check', 100), step('upload', 700), sent(400, 1500), step('verify', 2700), step('reboot', 3000));
    assert.deepEqual((['check', 'upload', 'verify', 'reboot', 'proof'] as const).map((name) => [progress.of(name).state, progress.of(name).tookMs]), [
      ['done', 600], ['done', 2000], ['done', 300], ['now', 0], ['wait', 0],
    ]);
    progress.finish();
    assert.equal(progress.of('reboot').state, 'done');
    assert.equal(progress.sentBytes, 400);
  });

  test('stays at the upload when the line is started anew, and keeps what was said', () => {
    const progress = progressOf(step('check', 1), step('upload', 2), sent(300, 3), { event: 'notice', ms: 4, text: 'Starting again at 921600 baud.' }, step('check', 5, 'enter-isp'), step('upload', 6), sent(500, 7));
    assert.equal(progress.current, 'upload');
    assert.deepEqual(progress.of('upload').notes, ['Starting again at 921600 baud.']);
    assert.equal(progress.of('upload').progress?.done, 500);
  });

  test('fails where it was, and before its first step at the check', () => {
    const progress = progressOf(step('check', 1), step('upload', 2), sent(300, 3));
    progress.fail();
    assert.deepEqual([progress.of('upload').state, progress.of('check').state], ['failed', 'done']);
    const early = new DeployProgress();
    early.fail();
    assert.equal(early.of('check').state, 'failed');
  });

  test('asks for hands until the board answers', () => {
    const progress = progressOf(step('check', 1), { event: 'buttons', ms: 2, buttons: 'boot-reset', limitMs: 30_000 });
    assert.equal(progress.buttons?.buttons, 'boot-reset');
    progress.apply({ event: 'progress', ms: 3, label: 'Loading the flash stub', done: 1, unit: 'bytes' });
    assert.equal(progress.buttons, undefined);
  });
});
