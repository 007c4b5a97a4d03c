import assert from 'node:assert/strict';
import { UserError } from '../../src/base/user-error';
import { choosePrecision } from '../../src/training/precision';
import { engineTests } from '../support/engine';

const nativeTest = engineTests({ kind: 'native' });
const wasmTest = engineTests({ kind: 'wasm' });

nativeTest('float32 is taken without a measurement, auto says what it measured', async (engine, context) => {
  assert.deepEqual(await choosePrecision(engine, 'float32'), { precision: 'float32', reason: 'Training in float32.' });
  const choice = await choosePrecision(engine, 'auto');
  context.diagnostic(choice.reason);
  assert.match(choice.reason, choice.precision === 'bfloat16' ? /lower precision.*times as fast/ : /times as fast|cannot train in bfloat16/);
});

wasmTest('the WebAssembly engine has float32 only', async (engine) => {
  assert.equal((await choosePrecision(engine, 'auto')).precision, 'float32');
  await assert.rejects(choosePrecision(engine, 'bfloat16'), (error) => error instanceof UserError && /no bfloat16/.test(error.message));
});
