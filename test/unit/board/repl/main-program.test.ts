import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MicroPythonFirmware } from '../../../../src/board/emulator/micropython/micropython-firmware';
import { openReplBench, patternBytes, withBench } from '../../../support/board/repl-bench';

const content = patternBytes(3000);
const ours = '# MobileFaceNet Studio\nprint(\'{"k2":"ready","ms":12}\')\n';
const foreign = 'print("mine")\n';
const path = '/sd/data.bin';
const withForeign = ({ card }: MicroPythonFirmware): void => card?.put('/main.py', Buffer.from(foreign));

test('a main.py of somebody else is kept as main.py.bak, and the new one proves itself', async () => {
  await withBench(openReplBench({}, {}, withForeign), async ({ deploy, firmware }) => {
    const done = await deploy(content, { path, main: { source: ours, existing: 'back-up' } });
    assert.deepEqual(done.main, { path: '/sd/main.py', backUp: '/sd/main.py.bak' });
    assert.deepEqual(done.loads, { kind: 'loaded', ms: 12 });
    assert.equal(text(firmware, '/main.py'), ours);
    assert.equal(text(firmware, '/main.py.bak'), foreign);
  });
});

test('an earlier back-up is kept, too; an older program of this product needs none', async () => {
  const prepare = (firmware: MicroPythonFirmware): void => {
    withForeign(firmware);
    firmware.card?.put('/main.py.bak', Buffer.from('older'));
  };
  await withBench(openReplBench({}, {}, prepare), async ({ deploy, firmware }) => {
    const first = await deploy(content, { path, main: { source: ours, existing: 'back-up' } });
    const second = await deploy(content, { path, main: { source: `${ours}# newer\n`, existing: 'back-up' } });
    assert.equal(first.main?.backUp, '/sd/main.py.bak1');
    assert.equal(second.main?.backUp, undefined);
    assert.equal(text(firmware, '/main.py.bak'), 'older');
  });
});

test('a main.py of somebody else stops the deployment before anything is sent, when it may not be replaced', async () => {
  await withBench(openReplBench({}, {}, withForeign), async ({ deploy, firmware }) => {
    await assert.rejects(deploy(content, { path, main: { source: ours, existing: 'refuse' } }), { code: 'K2-REPL-MAIN' });
    assert.deepEqual(firmware.card?.paths, ['/main.py']);
  });
});

test('a program that fails is told with the words of the board', async () => {
  const broken = '# MobileFaceNet Studio\nraise ValueError("[MAIXPY]kpu: load error:2006, ERR_NO_MEM: memory not enough")\n';
  await withBench(openReplBench(), async ({ deploy }) => {
    await assert.rejects(deploy(content, { path, main: { source: broken, existing: 'back-up' } }), { code: 'K2-REPL-PROOF', message: /memory not enough/ });
  });
});

test('a program that says nothing is not taken for proof', async () => {
  await withBench(openReplBench(), async ({ deploy }) => {
    await assert.rejects(deploy(content, { path, main: { source: '# MobileFaceNet Studio\n', existing: 'back-up' } }), { code: 'K2-REPL-PROOF' });
  });
});

function text({ card }: MicroPythonFirmware, file: string): string | undefined {
  const bytes = card?.read(file);
  return bytes && Buffer.from(bytes).toString();
}
