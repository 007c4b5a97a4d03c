import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from '../../../../src/board/monitor/line-splitter';

test('lines end with CR LF, LF, or a CR that something follows', () => {
  const splitter = new LineSplitter();
  assert.deepEqual(splitter.push(Buffer.from('one\r\ntwo\nthree\rfour\n>>> ')), ['one', 'two', 'three', 'four']);
  assert.equal(splitter.flush(), '>>> ');
  assert.equal(splitter.flush(), '');
});

test('where the bytes are cut makes no difference', () => {
  fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-zäß ]{0,12}$/), { maxLength: 6 }), fc.array(fc.nat(40), { maxLength: 8 }), (lines, cuts) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
    const splitter = new LineSplitter();
    const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
    const got = places.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(places[index], end)));
    assert.deepEqual(got, lines);
  }));
});

test('a line without end is cut, bytes that are no text are marked', () => {
  const splitter = new LineSplitter();
  const lines = splitter.push(Buffer.alloc(10_000, 'x'));
  assert.deepEqual(lines.map(({ length }) => length), [4096, 4096]);
  assert.equal(splitter.flush().length, 10_000 - 2 * 4096);
  assert.deepEqual(splitter.push(Uint8Array.from([0xff, 0x41, 10])), ['\ufffdA']);
});
