import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { SourceFile } from '../../../../src/board/image/source-file';

const folder = mkdtempSync(path.join(tmpdir(), 'source-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'face.kmodel');

test('what is read stays what it was; a file with other bytes is noticed', async () => {
  writeFileSync(file, 'one');
  const source = await SourceFile.read(file);
  await source.checkUnchanged();
  writeFileSync(file, 'two');
  await assert.rejects(source.checkUnchanged(), { code: 'K2-FILE', message: /face\.kmodel changed while it was sent/ });
  assert.equal(Buffer.from(source.bytes).toString(), 'one');
});

test('a file that was only touched, or written again with the same bytes, is the same', async () => {
  writeFileSync(file, 'one');
  const source = await SourceFile.read(file);
  utimesSync(file, 1000, 1000);
  await source.checkUnchanged();
});

test('a file that is gone is noticed', async () => {
  writeFileSync(file, 'one');
  const source = await SourceFile.read(file);
  rmSync(file);
  await assert.rejects(source.checkUnchanged(), { code: 'K2-FILE', message: /was removed while it was sent/ });
  await assert.rejects(SourceFile.read(file), { code: 'K2-FILE', message: /cannot be read/ });
});
