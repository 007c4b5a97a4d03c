import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../../src/base/user-error';
import { MicroPythonFaults, parseMicroPythonFault } from '../../../../../src/board/emulator/micropython/micropython-faults';

test('faults are read with their defaults, and refused with a sentence', () => {
  assert.deepEqual(parseMicroPythonFault('reset-after:bytes=500,times=2'), { kind: 'reset-after', bytes: 500, times: 2 });
  assert.deepEqual(parseMicroPythonFault('lose-heard'), { kind: 'lose-heard', every: 1000, times: 1 });
  for (const text of ['reset-after:bytes=many', 'lose-heard:often=1', 'lose-heard:every=0']) assert.throws(() => parseMicroPythonFault(text), UserError);
});

test('a line of the log falls into every second acknowledgement', () => {
  const faults = new MicroPythonFaults([{ kind: 'log-in-answer', every: 2 }]);
  const said = ['OK1', 'OK2', '>>> ', 'OK3', 'OK4'].map((text) => Buffer.from(faults.said(Buffer.from(text))).toString());
  assert.deepEqual(said.map((text) => text.includes('OK')), [true, false, false, true, false]);
  assert.match(said[1] ?? '', /^O\r\n.*\r\nK2$/s);
});

test('bytes are lost as often as was said, and resets are counted down', () => {
  const faults = new MicroPythonFaults([{ kind: 'lose-heard', every: 3, times: 2 }, { kind: 'reset-after', bytes: 10, times: 1 }]);
  assert.equal(Buffer.from(faults.heard(Buffer.from('abcdefghijkl'))).toString(), 'abdeghijkl');
  assert.deepEqual([5, 10, 20].map((bytes) => faults.resetsAt(bytes)), [false, true, false]);
});
