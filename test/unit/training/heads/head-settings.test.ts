import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { headKindSchema } from '../../../../src/protocol/run';
import { withHeadOptions } from '../../../../src/training/heads/head-options';
import { defaultHead, headSettings, marginOf } from '../../../../src/training/heads/head-settings';

describe('head settings', () => {
  test('every head has defaults, and all but softmax a margin that is warmed up', () => {
    for (const kind of headKindSchema.options) {
      const head = headSettings.parse(defaultHead(kind));
      assert.equal(head.sampleRate, 1);
      assert.equal(marginOf(head).margin > 0, kind !== 'softmax');
      assert.equal(marginOf(head).marginWarmUpEpochs, kind === 'softmax' ? 0 : 4);
    }
    assert.deepEqual(marginOf(headSettings.parse({ kind: 'combined', m1: 1.2, m2: 0, m3: 0 })).margin.toFixed(3), '0.200');
  });

  test('a setting of another head, or out of its range, is refused', () => {
    for (const wrong of [{ kind: 'softmax', margin: 0.5 }, { kind: 'cosface', margin: 2 }, { kind: 'arcface', h: 0.3 }, { kind: 'combined', m1: 2 }, { kind: 'magface' }, { kind: 'arcface', sampleRate: 0 }]) {
      assert.equal(headSettings.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });

  test('options of the command line set what the head has, and refuse the rest', () => {
    assert.deepEqual(withHeadOptions({ kind: 'cosface' }, { margin: 0.4, scale: 64, marginWarmUp: 2, sampleRate: 0.1 }), { kind: 'cosface', margin: 0.4, scale: 64, marginWarmUpEpochs: 2, sampleRate: 0.1 });
    assert.throws(() => withHeadOptions({ kind: 'softmax' }, { scale: 64 }), UserError);
    assert.throws(() => withHeadOptions({ kind: 'combined' }, { margin: 0.4 }), /three margins/);
  });
});
