import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { CancelledError } from '../../../../src/base/user-error';
import { BoardError, type BoardErrorCode } from '../../../../src/board/board-error';
import { explainPortError, isMissingLinesError } from '../../../../src/board/port/port-errors';
import { PortOwners, type PortClaim } from '../../../../src/board/port/port-owners';

async function scene(t: TestContext): Promise<{ folder: string; port: string; owners: PortOwners }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'owners-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const port = path.join(folder, 'tty');
  await writeFile(port, '');
  return { folder, port, owners: new PortOwners(folder) };
}

function isBusy(reason: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof BoardError && error.code === 'K2-PORT-BUSY' && reason.test(error.message);
}

test('a port has one owner in a process, whatever it is called', async (t) => {
  const { folder, port, owners } = await scene(t);
  const link = path.join(folder, 'by-id');
  await symlink(port, link);
  const claim = await owners.claim(port, { purpose: 'the monitor' });
  await assert.rejects(owners.claim(link, { purpose: 'a deploy' }), isBusy(/the monitor of this window/u));
  await claim.release();
  await claim.release();
  await (await owners.claim(link, { purpose: 'a deploy' })).release();
});

test('another process is refused with the number of the one that has it', async (t) => {
  const { folder, port, owners } = await scene(t);
  const claim = await owners.claim(port, { purpose: 'a deploy' });
  await assert.rejects(new PortOwners(folder).claim(port, { purpose: 'a deploy' }), isBusy(new RegExp(`process ${process.pid}\\b`, 'u')));
  await claim.release();
  await (await new PortOwners(folder).claim(port, { purpose: 'a deploy' })).release();
});

test('a holder that can do without the port gives it away and takes it again', async (t) => {
  const { port, owners } = await scene(t);
  const order: string[] = [];
  const monitor: PortClaim = await owners.claim(port, { purpose: 'the monitor', onWanted: (purpose) => {
    order.push(`wanted for ${purpose}`);
    void monitor.release();
  } });
  const deploy = await owners.claim(port, { purpose: 'a deploy', waitMs: 10_000 });
  const again = owners.claim(port, { purpose: 'the monitor', waitMs: 10_000 }).then((claim) => {
    order.push('monitor again');
    return claim;
  });
  order.push('deployed');
  await deploy.release();
  await (await again).release();
  assert.deepEqual(order, ['wanted for a deploy', 'deployed', 'monitor again']);
});

test('a wait for the port ends with its limit, and with a cancel', async (t) => {
  const { port, owners } = await scene(t);
  const claim = await owners.claim(port, { purpose: 'the monitor' });
  await assert.rejects(owners.claim(port, { purpose: 'a deploy', waitMs: 20 }), isBusy(/the monitor/u));
  const abort = new AbortController();
  const waiting = owners.claim(port, { purpose: 'a deploy', waitMs: 60_000, signal: abort.signal });
  abort.abort();
  await assert.rejects(waiting, CancelledError);
  await claim.release();
});

test('what drivers say becomes a sentence with a code', () => {
  const said: readonly (readonly [string, BoardErrorCode])[] = [
    ['Error Resource temporarily unavailable Cannot lock port', 'K2-PORT-BUSY'], ['Error: Device or resource busy, EBUSY', 'K2-PORT-BUSY'], ['Opening COM3: Access denied', 'K2-PORT-BUSY'],
    ['Error: No such file or directory, cannot open /dev/ttyUSB9', 'K2-PORT-MISSING'], ['Opening COM9: File not found', 'K2-PORT-MISSING'],
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'K2-PORT-DENIED'], ['Error: Inappropriate ioctl for device setting custom baud rate', 'K2-PORT-MISSING'],
    ['Error: Input/output error, cannot write', 'K2-PORT-LOST'], ['EIO: i/o error, write', 'K2-PORT-LOST'], ['ENXIO: no such device or address', 'K2-PORT-LOST'],
    ['Error: bad file descriptor', 'K2-PORT-LOST'], ['Port is not open', 'K2-PORT-LOST'],
  ];
  for (const [message, code] of said) {
    const error = explainPortError(new Error(message), '/dev/ttyUSB0');
    assert.equal(error instanceof BoardError && error.code, code, message);
    assert.match((error as BoardError).message, /\/dev\/ttyUSB0/u);
  }
  const unknown = new Error('something else');
  assert.equal(explainPortError(unknown, 'x'), unknown);
  assert.match((explainPortError(new Error('Cannot lock port'), 'x', 'process 7 (screen)') as BoardError).message, /process 7 \(screen\)/u);
  assert.ok(isMissingLinesError(new Error('Inappropriate ioctl for device, cannot set')));
  assert.ok(!isMissingLinesError(new Error('Input/output error')));
});
