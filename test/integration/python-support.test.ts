import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonWith, runPython } from '../support/python';

test('a Python for cross-checks runs scripts and tells of failures', async (t) => {
  const python = pythonWith('json');
  if (python.missing !== undefined) return t.skip(python.missing);
  assert.deepEqual(await runPython(python.interpreter, 'import json, sys\nprint("noise")\nprint(json.dumps(sys.argv[1:]))', { args: ['a', 'b c'] }), ['a', 'b c']);
  await assert.rejects(runPython(python.interpreter, 'raise ValueError("no such layer")'), /ended with code 1: .*no such layer/su);
  await assert.rejects(runPython(python.interpreter, 'import time\ntime.sleep(60)', { timeoutMs: 300 }), /did not end within 0.3 s/);
});

test('a module that is not there is named', (t) => {
  const python = pythonWith('json', 'no_such_module_of_anyone');
  if (process.env['MOBILEFACENET_PYTHON'] === undefined) return t.skip(python.missing ?? '');
  assert.match(python.missing ?? '', /has no no_such_module_of_anyone/);
});
