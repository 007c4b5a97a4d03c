import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileLock, LockHeldError } from '../../../src/base/file-lock';
import { CancelledError, UserError } from '../../../src/base/user-error';

const times = { staleMs: 5000, heartbeatMs: 100 } as const;
const contenderVariable = 'FILE_LOCK_TEST_FOLDER';

/** Role of this file in a child process: take the lock some times and write down when it was held. */
async function contend(folder: string): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const lock = await FileLock.acquire(path.join(folder, 'lock'), { ...times, waitMs: 200_000 });
    await appendFile(path.join(folder, 'log'), `in ${process.pid}\n`);
    await sleep(5);
    await appendFile(path.join(folder, 'log'), `out ${process.pid}\n`);
    await lock.release();
  }
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'file-lock-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function defineTests(): void {
  test('the file names its holder and is gone after the release', async (t) => {
    const file = path.join(await temporaryFolder(t), 'deep', 'lock');
    const lock = await FileLock.acquire(file, times);
    const content = await FileLock.holder(file, times.staleMs);
    assert.equal(content?.pid, process.pid);
    assert.equal(content?.hostName, hostname());
    assert.deepEqual(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object), ['pid', 'hostName', 'startedAt', 'heartbeatMs']);
    await lock.release();
    await lock.release();
    assert.equal(existsSync(file), false);
    assert.equal(await FileLock.holder(file, times.staleMs), undefined);
  });

  test('a lock that is held is refused at once without a wait, and names the holder', async (t) => {
    const file = path.join(await temporaryFolder(t), 'lock');
    const lock = await FileLock.acquire(file, times);
    await assert.rejects(FileLock.acquire(file, times), (error: unknown) => error instanceof LockHeldError && error.holder?.pid === process.pid);
    await lock.release();
  });

  test('a waiting acquire reports and gets the lock after the release', async (t) => {
    const file = path.join(await temporaryFolder(t), 'lock');
    const first = await FileLock.acquire(file, times);
    let told = (): void => undefined;
    const waits = new Promise<void>((resolve) => (told = resolve));
    const second = FileLock.acquire(file, { ...times, waitMs: 60_000, onWait: () => told() });
    await waits;
    await first.release();
    await (await second).release();
  });

  test('a wait can be cancelled', async (t) => {
    const file = path.join(await temporaryFolder(t), 'lock');
    const lock = await FileLock.acquire(file, times);
    const abort = new AbortController();
    const waiting = FileLock.acquire(file, { ...times, waitMs: 60_000, signal: abort.signal });
    abort.abort();
    await assert.rejects(waiting, CancelledError);
    await lock.release();
  });

  test('heartbeats move the time in the file', async (t) => {
    const file = path.join(await temporaryFolder(t), 'lock');
    const lock = await FileLock.acquire(file, { staleMs: 5000, heartbeatMs: 10 });
    const before = (await FileLock.holder(file, 5000))?.heartbeatMs ?? 0;
    let after = before;
    for (let look = 0; look < 500 && after <= before; look++) {
      await sleep(10);
      after = (await FileLock.holder(file, 5000))?.heartbeatMs ?? 0;
    }
    assert.ok(after > before);
    await lock.release();
  });

  test('a folder that cannot be made is named', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, 'file'), '');
    await assert.rejects(FileLock.acquire(path.join(folder, 'file', 'lock'), times), (error: unknown) => error instanceof UserError && error.message.includes(path.join(folder, 'file')));
    await assert.rejects(FileLock.acquire(path.join(folder, 'file', 'deeper', 'lock'), times), UserError);
  });

  const stale = {
    'of a process that has ended': () => ({ pid: deadPid(), hostName: hostname(), startedAt: 'x', heartbeatMs: Date.now() }),
    'without heartbeat for too long': () => ({ pid: 1, hostName: 'elsewhere', startedAt: 'x', heartbeatMs: Date.now() - 6000 }),
    'of a machine whose clock was ahead': () => ({ pid: 1, hostName: 'elsewhere', startedAt: 'x', heartbeatMs: Date.now() + 60_000 }),
  };
  for (const [name, content] of Object.entries(stale)) {
    test(`a lock ${name} is taken over`, async (t) => {
      const folder = await temporaryFolder(t);
      const file = path.join(folder, 'lock');
      await writeFile(file, JSON.stringify(content()));
      assert.equal(await FileLock.holder(file, times.staleMs), undefined);
      const lock = await FileLock.acquire(file, { ...times, waitMs: 60_000 });
      assert.equal((await FileLock.holder(file, times.staleMs))?.pid, process.pid);
      await lock.release();
      assert.deepEqual(await readdir(folder), []);
    });
  }

  test('a living process on another machine is not pushed aside, nor one that is just writing its file', async (t) => {
    const folder = await temporaryFolder(t);
    const far = path.join(folder, 'far');
    await writeFile(far, JSON.stringify({ pid: deadPid(), hostName: 'elsewhere', startedAt: 'x', heartbeatMs: Date.now() }));
    await assert.rejects(FileLock.acquire(far, times), LockHeldError);
    const empty = path.join(folder, 'empty');
    await writeFile(empty, '');
    await assert.rejects(FileLock.acquire(empty, times), LockHeldError);
  });

  for (const [name, skewMs] of [['behind', -60_000], ['ahead', 60_000]] as const) {
    test(`a holder on another machine whose clock is ${name} is not pushed aside while it gives heartbeats`, async (t) => {
      const file = path.join(await temporaryFolder(t), 'far');
      // In one piece, as a heartbeat is: a file that is opened anew is empty for a moment.
      const beat = async (): Promise<void> => {
        await writeFile(`${file}.new`, JSON.stringify({ pid: 1, hostName: 'elsewhere', startedAt: 'x', heartbeatMs: Date.now() + skewMs }));
        await rename(`${file}.new`, file);
      };
      await beat();
      let beating = Promise.resolve();
      const timer = setInterval(() => (beating = beating.then(beat)), times.heartbeatMs);
      await assert.rejects(FileLock.acquire(file, times), LockHeldError).finally(() => clearInterval(timer));
      await beating;
    });
  }

  test('a holder that lost its lock notices, and leaves its successor alone', async (t) => {
    const file = path.join(await temporaryFolder(t), 'lock');
    const sleeper = await FileLock.acquire(file, { staleMs: 5000, heartbeatMs: 10 });
    await unlink(file);
    const successor = await FileLock.acquire(file, times);
    for (let look = 0; look < 500 && !sleeper.isLost; look++) await sleep(10);
    assert.equal(sleeper.isLost, true);
    await sleeper.release();
    assert.ok(existsSync(file));
    assert.equal(successor.isLost, false);
    await successor.release();
  });

  test('six processes that fight for a stale lock never hold it together', { timeout: 300_000 }, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(path.join(folder, 'lock'), JSON.stringify({ pid: deadPid(), hostName: hostname(), startedAt: 'x', heartbeatMs: 0 }));
    const env: NodeJS.ProcessEnv = { ...process.env, [contenderVariable]: folder };
    delete env['NODE_TEST_CONTEXT'];
    const children = Array.from({ length: 6 }, () => fork(__filename, [], { env, execArgv: [] }));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    assert.deepEqual(codes, [0, 0, 0, 0, 0, 0]);
    const lines = (await readFile(path.join(folder, 'log'), 'utf8')).trim().split('\n');
    assert.equal(lines.length, 6 * 5 * 2);
    for (let index = 0; index < lines.length; index += 2) {
      assert.equal(lines[index]?.replace('in', 'out'), lines[index + 1]);
    }
    assert.deepEqual(await readdir(folder), ['log']);
  });

  test('process.exit gives the lock back', async (t) => {
    const folder = await temporaryFolder(t);
    const env: NodeJS.ProcessEnv = { ...process.env, [contenderVariable]: folder, FILE_LOCK_TEST_EXIT: '1' };
    delete env['NODE_TEST_CONTEXT'];
    const [code] = (await once(fork(__filename, [], { env, execArgv: [] }), 'exit')) as [number];
    assert.equal(code, 7);
    assert.deepEqual(await readdir(folder), ['was-held']);
  });
}

const contenderFolder = process.env[contenderVariable];
if (contenderFolder === undefined) {
  defineTests();
} else if (process.env['FILE_LOCK_TEST_EXIT'] === undefined) {
  void contend(contenderFolder).then(() => process.disconnect());
} else {
  const file = path.join(contenderFolder, 'lock');
  void FileLock.acquire(file, times).then(async () => {
    await writeFile(path.join(contenderFolder, 'was-held'), String(existsSync(file)));
    process.exit(7);
  });
}
