import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pythonLiteral, pythonString } from '../../../../src/board/repl/python-text';

test('a Python string holds quotes, backslashes, line ends and characters of every size', () => {
  assert.equal(pythonString(`it's "a" \\ b\n`), String.raw`'it\'s "a" \\ b\x0a'`);
  assert.equal(pythonString('ä€😀'), String.raw`'\xe4\u20ac\U0001f600'`);
});

test('a Python string is printable ASCII on one line and ends where it began', () => {
  fc.assert(fc.property(fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes)), (text) => {
    const literal = pythonString(text);
    assert.match(literal, /^'(?:[ -&(-[\]-~]|\\['\\]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*'$/);
  }));
});

test('other values', () => {
  assert.deepEqual([null, true, false, 5, 0.25].map(pythonLiteral), ['None', 'True', 'False', '5', '0.25']);
  assert.throws(() => pythonLiteral(Number.NaN), RangeError);
});
