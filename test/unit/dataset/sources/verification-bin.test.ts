import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { unpackVerificationSet } from '../../../../src/dataset/sources/unpack-verification-bin';
import { neighbouringPairs, readVerificationBin } from '../../../../src/dataset/sources/verification-bin';
import { picklePairs } from './pickle-writer';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bin-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const jpeg = (content: number): Buffer => Buffer.from([0xff, 0xd8, content, 0xff, 0xd9]);
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1]);

async function put(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, 'set.bin');
  await writeFile(file, bytes);
  return file;
}

function refusal(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && text.test(error.message) && error.message.includes(folder);
}

describe('verification set', () => {
  it('gives pictures and pairs', async () => {
    const { pictures, pairs } = await readVerificationBin(await put(picklePairs([jpeg(1), jpeg(2), png, jpeg(4)], [true, false])));
    assert.deepEqual(pictures.map((picture) => picture[2]), [1, 2, 0x4e, 4]);
    assert.deepEqual({ a: [...pairs.a], b: [...pairs.b], same: [...pairs.same], fold: [...pairs.fold], folds: pairs.folds }, { a: [0, 2], b: [1, 3], same: [1, 0], fold: [0, 1], folds: 2 });
  });

  it('has ten folds in the order of the list, the first ones longer where they must be', () => {
    const { fold, folds } = neighbouringPairs(Array.from({ length: 23 }, () => true));
    assert.equal(folds, 10);
    assert.deepEqual([...fold], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]);
  });

  it('is written as pictures and a pair table', async () => {
    const set = await readVerificationBin(await put(picklePairs([jpeg(1), jpeg(2), png, jpeg(4)], [true, false])));
    const out = path.join(folder, 'out');
    await unpackVerificationSet(set, out);
    assert.deepEqual((await readdir(path.join(out, 'pictures'))).sort(), ['00000.jpg', '00001.jpg', '00002.png', '00003.jpg']);
    assert.equal(await readFile(path.join(out, 'pairs.csv'), 'utf8'), 'a,b,same,fold\npictures/00000.jpg,pictures/00001.jpg,1,1\npictures/00002.png,pictures/00003.jpg,0,2\n');
    await assert.rejects(unpackVerificationSet(set, out), (error) => error instanceof UserError && /not empty/.test(error.message));
  });

  it('says what is wrong with other files', async () => {
    await assert.rejects(readVerificationBin(path.join(folder, 'none.bin')), refusal(/does not exist/));
    await assert.rejects(readVerificationBin(folder), refusal(/is a folder/));
    await assert.rejects(readVerificationBin(await put(Buffer.from('MXNet'))), refusal(/no pickle of protocol 2/));
    await assert.rejects(readVerificationBin(await put(picklePairs([jpeg(1), jpeg(2), jpeg(3)], [true, false]))), refusal(/3 pictures for 2 pairs/));
    await assert.rejects(readVerificationBin(await put(picklePairs([jpeg(1), Buffer.from('GIF89')], [true]))), refusal(/picture 1 is neither JPEG nor PNG/));
    await assert.rejects(readVerificationBin(await put(picklePairs([], []))), refusal(/holds no pairs/));
    await assert.rejects(readVerificationBin(await put(Buffer.from([0x80, 2, 0x4e, 0x2e]))), refusal(/a list of pictures and a list of answers/));
  });
});
