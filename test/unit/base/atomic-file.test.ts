import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { explainWriteError, freeDiskBytes, isTemporaryName, temporaryName, writeFileAtomic, writeFolderAtomic } from '../../../src/base/atomic-file';
import type { UserError } from '../../../src/base/user-error';

describe('atomic writing', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'atomic-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('a file is replaced whole, and its folder is made', async () => {
    const file = path.join(folder, 'a', 'b.txt');
    await writeFileAtomic(file, 'one');
    await writeFileAtomic(file, 'two');
    assert.equal(await readFile(file, 'utf8'), 'two');
    assert.deepEqual(await readdir(path.dirname(file)), ['b.txt']);
  });

  test('a folder whose making fails leaves the old one and nothing else', async () => {
    const target = path.join(folder, 'set');
    await writeFolderAtomic(target, (temporary) => writeFile(path.join(temporary, 'x'), 'old'));
    await assert.rejects(writeFolderAtomic(target, async (temporary) => {
      await writeFile(path.join(temporary, 'x'), 'new');
      throw new Error('stopped');
    }), /stopped/);
    assert.equal(await readFile(path.join(target, 'x'), 'utf8'), 'old');
    assert.deepEqual(await readdir(folder), ['set']);
  });

  test('what a killed process left behind is removed by the next one; what a living one makes stays', async () => {
    const target = path.join(folder, 'set');
    const living = temporaryName(target);
    // Process ids end below 2^22 on Linux.
    const dead = living.replace(`part-${process.pid}-`, `part-${2 ** 22 + 1}-`);
    await mkdir(living);
    await mkdir(dead);
    await writeFolderAtomic(target, (temporary) => writeFile(path.join(temporary, 'x'), 'x'));
    assert.deepEqual((await readdir(folder)).sort(), [path.basename(living), 'set']);
  });

  test('temporary names are told from all others', () => {
    assert.ok(isTemporaryName(path.basename(temporaryName('/x/report.json'))));
    for (const name of ['report.json', '.report.json', '.hidden.part-1', 'a.part-12-0123abcd']) assert.ok(!isTemporaryName(name), name);
  });

  test('a full disk and missing rights are explained, other errors are passed on', () => {
    const coded = (code: string): Error => Object.assign(new Error(code), { code });
    assert.match((explainWriteError(coded('ENOSPC'), '/x/y') as UserError).message, /disk is full; \/x\/y/);
    assert.match((explainWriteError(coded('EACCES'), '/x/y') as UserError).message, /\/x\/y cannot be written: permission denied/);
    const other = coded('EIO');
    assert.equal(explainWriteError(other, '/x/y'), other);
  });

  test('free space is measured for folders that do not exist yet', async () => {
    assert.ok((await freeDiskBytes(path.join(folder, 'not', 'yet'))) > 0);
  });
});
