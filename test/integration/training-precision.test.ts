import assert from 'node:assert/strict';
import { UserError } from '../../src/base/user-error';
import { choosePrecision } from '../../src/training/precision';
import { engineTests } from '../support/engine';

const nativeTest = engineTests({ kind: 'native' });
const wasmTest = engineTests({ kind: 'wasm' });

nativeTest('float32 is taken without a measurement', async (engine) => {
  assert.deepEqual(await choosePrecision(engine, 'float32'), { precision: 'float32', reason: 'Training in float32.' });
});

nativeTest('auto takes bfloat16 where it is faster, says how much, and calls it a lower precision', async (engine, context) => {
  const choice = await choosePrecision(engine, 'auto');
  if (choice.precision === 'float32') {
    assert.match(choice.reason, /times as fast|cannot train in bfloat16/);
    return context.skip(choice.reason);
  }
  context.diagnostic(choice.reason);
  assert.match(choice.reason, /lower precision.*times as fast/);
  assert.equal((await choosePrecision(engine, 'bfloat16')).precision, 'bfloat16');
});

wasmTest('the WebAssembly engine has float32 only', async (engine) => {
  assert.equal((await choosePrecision(engine, 'auto')).precision, 'float32');
  await assert.rejects(choosePrecision(engine, 'bfloat16'), (error) => error instanceof UserError && /no bfloat16/.test(error.message));
});
