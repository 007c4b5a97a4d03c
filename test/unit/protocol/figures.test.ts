import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Figures, figureText } from '../../../src/protocol/figures';
import { fillString } from '../../../src/protocol/page-strings';
import { parsePageMessage } from '../../../src/protocol/page';
import { panelRequestSchema, parsePageState } from '../../../src/protocol/training-panel';

describe('Figures', () => {
  const figures = new Figures('en');
  const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

  test('writes numbers with their units', () => {
    assert.equal(figures.count(4260), '4,260');
    assert.equal(plain(figures.percentText(0.914)), '91.4 %');
    assert.equal(figures.learningRate(1e-4), '1.0e-4');
    assert.equal(figures.loss(Number.NaN), 'NaN');
    assert.equal(figures.loss(0.6066), '0.61');
    assert.equal(plain(figureText([figures.bytes(2.6e9)])), '2.6 GB');
    assert.equal(plain(figureText([figures.bytes(16e9)])), '16 GB');
    assert.equal(plain(figureText([figures.bytes(5.4e8)])), '540 MB');
  });

  test('writes durations', () => {
    assert.equal(plain(figures.durationText(1_009_000)), '16 min 49 s');
    assert.equal(plain(figures.durationText(9_000)), '9 s');
    assert.deepEqual([340.4, 999.9, 1_000].map((ms) => plain(figures.briefDurationText(ms))), ['340 ms', '1 s', '1 s']);
    assert.equal(plain(figures.durationText(2 * 3_600_000 + 60_000)), '2 h 1 min');
    assert.equal(plain(figures.shortDurationText(1_009_000)), '16 min');
    assert.equal(plain(figures.axisDurationText(1_200_000)), '20 min');
    assert.equal(figures.axisDurationText(0), '0');
  });

  test('falls back to English for an unknown language', () => assert.equal(new Figures('not a language').count(1234), '1,234'));
});

test('fillString puts values in their places', () => {
  assert.equal(fillString('{1} of {0}, {1}', 'a', 2), '2 of a, 2');
  assert.equal(fillString('{0}', '$&{1}'), '$&{1}');
});

describe('messages from a page', () => {
  test('known ones pass', () => {
    assert.deepEqual(parsePageMessage(panelRequestSchema, { kind: 'ready' }), { kind: 'ready' });
    const request = { kind: 'request', id: 3, request: { name: 'action', params: { name: 'pause' } } };
    assert.deepEqual(parsePageMessage(panelRequestSchema, request), request);
  });

  test('unknown ones do not', () => {
    for (const message of [undefined, null, 'ready', { kind: 'other' }, { kind: 'request', id: 1, request: { name: 'action', params: { name: 'delete' } } }]) {
      assert.equal(parsePageMessage(panelRequestSchema, message), undefined);
    }
  });

  test('a kept state needs the run', () => {
    assert.equal(parsePageState({ smoothing: 0.5 }), undefined);
    assert.equal(parsePageState({ run: '/r', zoomX: [1, 2] })?.run, '/r');
  });
});
