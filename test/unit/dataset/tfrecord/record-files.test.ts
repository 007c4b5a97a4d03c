import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { encodeFaceExample, type FaceExample } from '../../../../src/dataset/tfrecord/face-example';
import { indexPathOf, RecordIndex } from '../../../../src/dataset/tfrecord/record-index';
import { RecordReader } from '../../../../src/dataset/tfrecord/record-reader';
import { buildRecordIndex } from '../../../../src/dataset/tfrecord/record-scan';
import { frameRecord } from '../../../../src/base/record-frame';
import { RecordWriter } from '../../../../src/dataset/tfrecord/record-writer';

let folder = '';
let fileNumber = 0;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'records-'));
});
after(() => rm(folder, { recursive: true, force: true }));

function example(label: number, image: Uint8Array): FaceExample {
  return { height: 112, width: 112, depth: 3, label, image };
}

async function writeRecords(records: readonly FaceExample[]): Promise<string> {
  const file = path.join(folder, `${fileNumber++}.tfrecord`);
  const writer = await RecordWriter.create(file);
  for (const record of records) await writer.append(record);
  await writer.finish();
  return file;
}

async function readAll(file: string): Promise<{ label: number; image: Uint8Array }[]> {
  const reader = await RecordReader.open(file);
  try {
    return Array.from({ length: reader.count }, (_, i) => {
      const { label, image } = reader.read(i);
      return { label, image: Uint8Array.from(image) };
    });
  } finally {
    reader.close();
  }
}

const recordsArbitrary = fc.array(fc.record({ label: fc.nat(2 ** 24 - 1), image: fc.uint8Array({ maxLength: 200 }) }, { noNullPrototype: true }), { maxLength: 12 });

describe('record files', () => {
  it('give back what was written, in any number', async () => {
    await fc.assert(fc.asyncProperty(recordsArbitrary, async (records) => {
      const file = await writeRecords(records.map(({ label, image }) => example(label, image)));
      assert.deepEqual(await readAll(file), records);
    }), { numRuns: 40 });
  });

  it('have an index that equals the one built from the records', async () => {
    const file = await writeRecords([example(3, new Uint8Array(10)), example(16_777_215, new Uint8Array(5000)), example(0, new Uint8Array())]);
    assert.deepEqual((await buildRecordIndex(file)).toBytes(), await readFile(indexPathOf(file)));
  });

  it('frame a payload by its length and two masked checksums', () => {
    const framed = frameRecord(Buffer.from('123456789'));
    assert.equal(framed.length, 12 + 9 + 4);
    assert.equal(framed.readBigUInt64LE(0), 9n);
    assert.equal(framed.toString('latin1', 12, 21), '123456789');
    // 0xe3069283, the check value of CRC-32C, rotated right by 15 bits, plus TensorFlow's constant.
    assert.equal(framed.readUInt32LE(21), (0x2507c60d + 0xa282ead8) % 2 ** 32);
  });

  it('build a missing index and keep it', async () => {
    const file = await writeRecords([example(1, Uint8Array.of(1)), example(2, Uint8Array.of(2))]);
    const index = await readFile(indexPathOf(file));
    await rm(indexPathOf(file));
    assert.equal((await readAll(file)).length, 2);
    assert.deepEqual(await readFile(indexPathOf(file)), index);
  });

  it('build a stale index anew', async () => {
    const file = await writeRecords([example(1, Uint8Array.of(1))]);
    await appendFile(file, frameRecord(encodeFaceExample(example(9, Uint8Array.of(9)))));
    assert.deepEqual((await readAll(file)).map(({ label }) => label), [1, 9]);
  });

  it('name file and offset of a record whose content is damaged', async () => {
    const file = await writeRecords([example(1, new Uint8Array(50)), example(2, new Uint8Array(50))]);
    const bytes = await readFile(file);
    const second = bytes.length / 2;
    bytes[second + 30] = (bytes[second + 30] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const reader = await RecordReader.open(file);
    try {
      assert.equal(reader.read(0).label, 1);
      assert.throws(() => reader.read(1), (error) => error instanceof UserError && error.message.includes(`byte ${second} of ${file}`));
    } finally {
      reader.close();
    }
  });

  it('without an index say of a label that is none which one it is', async () => {
    const file = await writeRecords([]);
    await writeFile(file, frameRecord(encodeFaceExample(example(-1, Uint8Array.of(1)))));
    await assert.rejects(buildRecordIndex(file), (error) => error instanceof UserError && error.message.includes('the label -1'));
  });

  it('name the offset where a file without index is cut off', async () => {
    const file = await writeRecords([example(1, new Uint8Array(50)), example(2, new Uint8Array(50))]);
    const size = (await readFile(file)).length;
    await rm(indexPathOf(file));
    for (const [cutTo, offset] of [[size - 1, size / 2], [size / 2 + 5, size / 2], [3, 0]] as const) {
      await truncate(file, cutTo);
      await assert.rejects(RecordReader.open(file), (error) => error instanceof UserError && error.message.includes(`byte ${offset} of`));
    }
  });

  it('are refused when missing', async () => {
    await assert.rejects(RecordReader.open(path.join(folder, 'none.tfrecord')), /is missing/);
  });
});

describe('record index', () => {
  const firstOffset = 2 ** 48 - 2 ** 24 - 16;
  const locations = [{ offset: firstOffset, length: 2 ** 24 - 1, label: 2 ** 24 - 1, checksum: 2 ** 32 - 1 }, { offset: 2 ** 48 - 1, length: 0, label: 0, checksum: 0 }];

  it('holds the extremes of every field in 16 bytes a record', () => {
    const bytes = RecordIndex.of(locations, 2 ** 50).toBytes();
    assert.equal(bytes.length, 24 + 2 * 16);
    const index = RecordIndex.parse(bytes);
    assert.equal(index.recordFileBytes, 2 ** 50);
    assert.deepEqual([index.location(0), index.location(1)], locations);
  });

  it('finds every record of many, before and after it was on disk', () => {
    let offset = 12;
    const many = Array.from({ length: 300 }, (_, i) => {
      const location = { offset, length: (i * 7919) % 100_000, label: i % 7, checksum: i * 1_000_003 };
      offset += location.length + 16;
      return location;
    });
    const index = RecordIndex.of(many, offset);
    const read = RecordIndex.parse(index.toBytes());
    for (const each of [index, read]) assert.deepEqual(many.map((_, i) => each.location(i)), many);
    assert.deepEqual(many.map((_, i) => read.label(i)), many.map(({ label }) => label));
    assert.deepEqual(Buffer.concat([...read.contentBytes()].map((bytes) => Buffer.from(bytes))).length, 300 * 7);
  });

  it('refuses records that do not follow each other', () => {
    const apart = [{ offset: 12, length: 1, label: 1, checksum: 1 }, { offset: 30, length: 1, label: 1, checksum: 1 }];
    assert.throws(() => RecordIndex.of(apart, 50), /record 1 does not follow the one before/);
  });

  it('refuses numbers that do not fit', () => {
    for (const wrong of [{ label: -1 }, { label: 2 ** 24 }, { length: 2 ** 24 }, { offset: 2 ** 48 }]) {
      assert.throws(() => RecordIndex.of([{ offset: 12, length: 1, label: 1, checksum: 1, ...wrong }], 0), RangeError);
    }
    assert.throws(() => RecordIndex.of([], 0).location(0), RangeError);
  });

  it('notices every damaged byte', () => {
    const bytes = RecordIndex.of(locations, 99).toBytes();
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
      // The size of the record file is compared with the file itself.
      fc.pre(position < 8 || position >= 16);
      const damaged = Buffer.from(bytes);
      damaged[position] = (damaged[position] ?? 0) ^ change;
      assert.throws(() => RecordIndex.parse(damaged));
    }));
  });
});
