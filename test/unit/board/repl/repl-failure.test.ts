import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainTraceback } from '../../../../src/board/repl/repl-failure';

const head = 'Traceback (most recent call last):\r\n  File "<stdin>", line 3, in <module>\r\n';
const cases = [
  ['OSError: [Errno 28] ENOSPC', 'K2-REPL-SPACE'],
  ['OSError: 28', 'K2-REPL-SPACE'],
  ['OSError: (28,)', 'K2-REPL-SPACE'],
  ['OSError: -10001', 'K2-REPL-SPACE'],
  ['OSError: [Errno 30] EROFS', 'K2-REPL-READONLY'],
  ['OSError: [Errno 19] ENODEV', 'K2-REPL-NOSD'],
  ['OSError: [Errno 5] EIO', 'K2-REPL-NOSD'],
  ['MemoryError: memory allocation failed, allocating 4096 bytes', 'K2-REPL-PY'],
  ['OSError: [Errno 2] ENOENT', 'K2-REPL-PY'],
] as const;

for (const [line, code] of cases) {
  test(`"${line}" is ${code}`, () => {
    const error = explainTraceback(`${head}${line}\r\n`, 'writing /sd/m.kmodel');
    assert.equal(error.code, code);
    assert.match(error.message, /writing \/sd\/m\.kmodel/);
    assert.notEqual(error.action, '');
  });
}
