import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ProvisioningFailure } from '../../../../src/engine/provisioning/provisioning-step';
import { inflateMember, memberDataOffset, readZipDirectory, type ByteSource } from '../../../../src/engine/provisioning/zip-archive';
import { zipOf } from '../../../support/provisioning/fake-archives';

let folder = '';
before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'zip-archive-'))));
after(() => rm(folder, { recursive: true, force: true }));

const options = { signal: new AbortController().signal, onProgress: () => undefined };

function sourceOf(archive: Buffer): ByteSource {
  return { sizeBytes: archive.length, read: (first, length) => Promise.resolve(archive.subarray(first, first + length)) };
}

/** All members with their contents. */
async function unpack(archive: Buffer): Promise<{ path: string; data: Buffer }[]> {
  const source = sourceOf(archive);
  const target = path.join(folder, 'member');
  const files = [];
  for (const member of await readZipDirectory(source)) {
    const first = await memberDataOffset(source, member);
    await inflateMember(member, Readable.from([archive.subarray(first, first + member.compressedBytes)]), target, options);
    files.push({ path: member.path, data: await readFile(target) });
  }
  return files;
}

const filesArbitrary = fc.array(
  fc.record({ path: fc.string({ minLength: 1, maxLength: 30 }), data: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)), stored: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);

test('every member of an archive comes back', async () => {
  await fc.assert(
    fc.asyncProperty(filesArbitrary, async (files) => {
      assert.deepEqual(
        await unpack(zipOf(files)),
        files.map(({ path: name, data }) => ({ path: Buffer.from(name).toString('utf8'), data })),
      );
    }),
    { numRuns: 60 },
  );
});

test('an archive that ends early is never taken for a whole one', async () => {
  const archive = zipOf([{ path: 'a/b', data: Buffer.from('some content that is long enough') }]);
  for (let length = 0; length < archive.length; length += 3) {
    await assert.rejects(unpack(archive.subarray(0, length)), ProvisioningFailure, `${length} bytes`);
  }
});

test('a changed byte gives the old content or a failure, never another content', async () => {
  const data = Buffer.from('content '.repeat(50));
  const archive = zipOf([{ path: 'lib', data }]);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: archive.length - 1 }), fc.integer({ min: 1, max: 255 }), async (offset, change) => {
      const damaged = Buffer.from(archive);
      damaged[offset] = (damaged[offset] ?? 0) ^ change;
      const files = await unpack(damaged).catch(() => []);
      for (const file of files) assert.ok(file.data.equals(data));
    }),
    { numRuns: 300 },
  );
});

test('a zip64 archive and an unknown method are refused by name', async () => {
  const archive = zipOf([{ path: 'lib', data: Buffer.from('x') }]);
  const zip64 = Buffer.from(archive);
  zip64.writeUInt32LE(0xffffffff, zip64.length - 6);
  await assert.rejects(readZipDirectory(sourceOf(zip64)), /larger than 4 GiB/);
  const [member] = await readZipDirectory(sourceOf(archive));
  assert.ok(member);
  await assert.rejects(inflateMember({ ...member, method: 12 }, Readable.from([]), path.join(folder, 'x'), options), /method 12/);
});
