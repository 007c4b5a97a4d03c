import assert from 'node:assert/strict';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { frameRecord } from '../../../../src/base/record-frame';
import { CancelledError } from '../../../../src/base/user-error';
import { exampleFeatures } from '../../../../src/dataset/tfrecord/example-features';
import { encodeFaceExample } from '../../../../src/dataset/tfrecord/face-example';
import { RecordBrowser } from '../../../../src/dataset/tfrecord/record-browser';
import { indexPathOf } from '../../../../src/dataset/tfrecord/record-index';
import { RecordWriter } from '../../../../src/dataset/tfrecord/record-writer';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'browser-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const face = (number: number) => ({ height: 8, width: 8, depth: 3, label: number % 3, image: Uint8Array.from({ length: 400 + number }, (_, i) => (i * 7 + number) % 256) });
const noAbort = new AbortController().signal;

async function writeRecords(name: string, count: number): Promise<string> {
  const file = path.join(folder, name);
  const writer = await RecordWriter.create(file);
  for (let i = 0; i < count; i++) await writer.append(face(i));
  await writer.finish();
  return file;
}

/** Changes a byte of a file. */
async function damage(file: string, position: number): Promise<void> {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, position);
  byte[0] = (byte[0] as number) ^ 0x55;
  await handle.write(byte, 0, 1, position);
  await handle.close();
}

async function browse<T>(file: string, look: (browser: RecordBrowser) => Promise<T>): Promise<T> {
  const browser = await RecordBrowser.open(file);
  try {
    return await look(browser);
  } finally {
    await browser.close();
  }
}

describe('RecordBrowser', () => {
  test('knows all records at once by their index', async () => {
    const file = await writeRecords('indexed.tfrecord', 20);
    await browse(file, async (browser) => {
      assert.equal(browser.hasIndex, true);
      assert.equal(browser.count, 20);
      const record = await browser.read(13);
      assert.deepEqual(record.features.map(({ name, kind }) => [name, kind]), [['height', 'int64'], ['width', 'int64'], ['depth', 'int64'], ['label', 'int64'], ['image_raw', 'bytes']]);
      assert.deepEqual([...(record.features.at(-1)?.bytes ?? [])], [...face(13).image]);
      assert.equal(browser.label(13), 1);
    });
  });

  test('finds the same records without an index', async () => {
    const file = await writeRecords('scanned.tfrecord', 20);
    const indexed = await browse(file, async (browser) => Promise.all([0, 7, 19].map((number) => browser.read(number))));
    await rm(indexPathOf(file));
    await browse(file, async (browser) => {
      assert.equal(browser.count, 0);
      await browser.scan(noAbort);
      assert.equal(browser.count, 20);
      assert.equal(browser.knownBytes, browser.sizeBytes);
      assert.deepEqual(await Promise.all([0, 7, 19].map((number) => browser.read(number))), indexed);
    });
  });

  test('names damage and goes on behind it, also where a length cannot be trusted', async () => {
    const file = await writeRecords('damaged.tfrecord', 20);
    const positions = await browse(file, async (browser) => Promise.all([3, 7].map(async (number) => (await browser.read(number)).position)));
    const [content = 0, length = 0] = positions;
    await damage(file, content + 60);
    await damage(file, length + 1);
    await browse(file, async (browser) => {
      const known = await browser.read(3);
      assert.equal(known.problem, 'the checksum of its content is wrong');
    });
    await rm(indexPathOf(file));
    await browse(file, async (browser) => {
      await browser.scan(noAbort);
      assert.equal(browser.count, 18);
      assert.deepEqual(browser.damage, [{ position: content, why: 'the checksum of its content is wrong' }, { position: length, why: 'the checksum of its length is wrong' }]);
      assert.equal((await browser.read(17)).problem, undefined);
    });
  });

  test('a file that ends within a record keeps those before', async () => {
    const file = await writeRecords('cut.tfrecord', 5);
    await browse(file, async (browser) => truncate(file, browser.sizeBytes - 30));
    await browse(file, async (browser) => {
      assert.equal(browser.hasIndex, false);
      await browser.scan(noAbort);
      assert.equal(browser.count, 4);
      assert.deepEqual(browser.damage.map(({ why }) => why), ['the file ends within it']);
    });
  });

  test('opens a file of 2 GiB at once, and a scan of it can be given up', async () => {
    const file = path.join(folder, 'large.tfrecord');
    await writeFile(file, frameRecord(encodeFaceExample(face(1))));
    await truncate(file, 2 ** 31);
    await browse(file, async (browser) => {
      assert.equal(browser.sizeBytes, 2 ** 31);
      const abort = new AbortController();
      const scan = browser.scan(abort.signal);
      abort.abort();
      await assert.rejects(scan, CancelledError);
    });
  });

  test('shows records that are no faces', async () => {
    const file = path.join(folder, 'foreign.tfrecord');
    const writer = new BinaryWriter();
    const features = writer.tag(1, WireType.LengthDelimited).fork();
    features.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('weights')
      .tag(2, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork().float(0.5).float(-2).join().join().join().join();
    const example = features.join().finish();
    await writeFile(file, frameRecord(example));
    assert.deepEqual(exampleFeatures(example), [{ name: 'weights', kind: 'float', count: 2, numbers: [0.5, -2] }]);
    await browse(file, async (browser) => {
      await browser.scan(noAbort);
      assert.equal(browser.label(0), -1);
      assert.deepEqual(browser.damage, []);
    });
  });
});
