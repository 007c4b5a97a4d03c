import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { bundlePath } from '../../src/base/product';
import { runCli } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';

const skip = !existsSync(bundlePath('detector-worker.js')) && 'dist/detector-worker.js is not built (npm run build)';
const bombSide = 30_000;
/** A decoded bomb has 2.7 GB. */
const mostMegabytes = 1000;
const manyPeople = 100_000;
/** So many folders take minutes on a busy disk. */
const memoryDisk = '/dev/shm';
/** Nothing is looked for in the photos: what is tested comes before that. */
const quick = ['--crop', '0,0,120,120', '--workers', '1'];

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hostile-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const inFolder = (...names: string[]): string => path.join(folder, ...names);
const hiddenNames = async (place = folder): Promise<string[]> => (await readdir(place)).filter((name) => name.startsWith('.'));

function pngChunk(kind: string, data: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(kind), data]);
  const head = Buffer.alloc(4);
  const tail = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  tail.writeUInt32BE(crc32(content));
  return Buffer.concat([head, content, tail]);
}

/** A PNG that says it has so many pixels and holds the data of a few rows. */
function pngBomb(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(3 * (1 + 3 * side)));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), pngChunk('IHDR', header), pngChunk('IDAT', rows), pngChunk('IEND', Buffer.alloc(0))]);
}

/** A JPEG whose header says it is far larger than its data. */
async function jpegBomb(side: number): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#888' } }).jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  assert.ok(frame > 0);
  jpeg.writeUInt16BE(side, frame + 5);
  jpeg.writeUInt16BE(side, frame + 7);
  return jpeg;
}

/** Most memory that a process and its children had so far, in MB; 0 where the system does not tell, or they have ended. */
function peakMegabytes(pid: number | string): number {
  try {
    const own = Number(/^VmHWM:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return Math.max(own, ...children.map(peakMegabytes));
  } catch {
    return 0;
  }
}

describe('hostile photos', { skip }, () => {
  it('are named with the reason, in bounded memory, and the others become a dataset', async () => {
    const photos = inFolder('photos');
    await makeDrawnPhotos(photos, [3, 3]);
    const person = path.join(photos, 'person-000');
    const good = await sharp(path.join(person, '0000.png')).jpeg().toBuffer();
    const unreadable = {
      'bomb.jpg': await jpegBomb(bombSide),
      'bomb.png': pngBomb(bombSide),
      'bomb.ppm': Buffer.from(`P6\n${bombSide} ${bombSide}\n255\nabc`),
      'cut.jpg': good.subarray(0, good.length / 2),
      'empty.jpg': Buffer.alloc(0),
    };
    for (const [name, bytes] of Object.entries(unreadable)) await writeFile(path.join(person, name), bytes);
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, peakMegabytes(process.pid))), 25);
    const { code, stderr, json } = await runCli(['dataset', 'prepare', photos, '--out', inFolder('dataset'), ...quick]).finally(() => clearInterval(watch));
    assert.equal(code, 0, stderr);
    assert.equal(json['imagesWritten'], 6);
    assert.ok(peak <= mostMegabytes, `${peak} MB were needed`);
    const report = JSON.parse(await readFile(inFolder('dataset', 'report.json'), 'utf8')) as { dropped: { photo: string; reason: string; detail?: string }[] };
    assert.deepEqual(report.dropped.map(({ photo, reason }) => [photo, reason]), Object.keys(unreadable).map((name) => [`person-000/${name}`, 'unreadable']));
    for (const { photo, detail = '' } of report.dropped) assert.ok(detail.length > 5 && !detail.includes('\n'), `${photo}: ${detail}`);
    assert.deepEqual(await hiddenNames(), []);
  });

  it('are passed over by name where they are links that leave or loop, folders, or named in no text', async () => {
    const photos = inFolder('linked');
    await makeDrawnPhotos(photos, [2, 2]);
    const person = path.join(photos, 'person-000');
    await mkdir(inFolder('outside'));
    await sharp(path.join(person, '0000.png')).jpeg().toFile(inFolder('outside', 'secret.jpg'));
    await mkdir(path.join(person, 'x.jpg'));
    await symlink(inFolder('outside', 'secret.jpg'), path.join(person, 'leaves.jpg'));
    await symlink(inFolder('outside'), path.join(photos, 'away'));
    await symlink('loop.jpg', path.join(person, 'loop.jpg'));
    await symlink('..', path.join(photos, 'parent'));
    await symlink('.', path.join(photos, 'itself'));
    const expected = [
      'person-000/x.jpg is a folder with the name of a photo', 'person-000/leaves.jpg is a link that leaves the photo folder', 'away is a link that leaves the photo folder',
      'person-000/loop.jpg is a link to nothing, or to itself', 'parent is a link that leaves the photo folder', 'itself is a link to a folder that it lies in',
    ];
    if (process.platform === 'linux') {
      await writeFile(Buffer.concat([Buffer.from(`${person}/`), Buffer.from([0x66, 0xff, 0xfe]), Buffer.from('.jpg')]), 'bytes');
      expected.push('person-000/f\ufffd\ufffd.jpg has a name that is not UTF-8');
    }
    const { code, stderr, json } = await runCli(['dataset', 'prepare', photos, '--out', inFolder('from-linked'), ...quick]);
    assert.equal(code, 0, stderr);
    assert.equal(json['imagesWritten'], 4);
    assert.deepEqual([...(json['passedOver'] as string[])].sort(), expected.sort());
  });

  it('do not let a list leave the root', async () => {
    const root = inFolder('listed');
    await makeDrawnPhotos(root, [2, 2]);
    await mkdir(inFolder('elsewhere'));
    await sharp(path.join(root, 'person-000', '0000.png')).jpeg().toFile(inFolder('elsewhere', 'secret.jpg'));
    await symlink(inFolder('elsewhere'), path.join(root, 'away'));
    await symlink(inFolder('elsewhere', 'secret.jpg'), path.join(root, 'person-000', 'leaves.jpg'));
    const list = inFolder('list.txt');
    const leaving = ['../elsewhere/secret.jpg', 'away/secret.jpg', inFolder('elsewhere', 'secret.jpg'), 'person-000/leaves.jpg', 'person-000/../../elsewhere/secret.jpg'];
    await writeFile(list, ['person-000/0000.png 0', 'person-001/0000.png 1', ...leaving.map((photo) => `${photo} 1`)].join('\n'));
    const { code, stderr, json } = await runCli(['dataset', 'prepare', list, '--root', root, '--out', inFolder('from-list'), ...quick]);
    assert.equal(code, 0, stderr);
    assert.equal(json['imagesWritten'], 2);
    const passedOver = json['passedOver'] as string[];
    assert.equal(passedOver.length, leaving.length);
    leaving.forEach((photo, i) => assert.ok(passedOver[i]?.startsWith(`${photo} (line ${i + 3}) `), passedOver[i]));
  });

  it('a policy that drops 100,000 people with one photo each says so before any face is looked for', async () => {
    const root = await mkdtemp(path.join(existsSync(memoryDisk) ? memoryDisk : tmpdir(), 'many-'));
    const script = `const fs = require('node:fs'); fs.writeFileSync('one.png', ''); for (let i = 0; i < ${manyPeople}; i++) { fs.mkdirSync('p' + i); fs.linkSync('one.png', 'p' + i + '/1.png'); }`;
    const { code, stderr } = await (async () => {
      try {
        execFileSync(process.execPath, ['-e', script], { cwd: root, timeout: 300_000 });
        return await runCli(['dataset', 'prepare', root, '--out', inFolder('nobody'), '--policy', 'original']);
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    })();
    assert.equal(code, 1);
    assert.match(stderr, /--policy original drops everybody: all 100000 people are left out/);
    assert.doesNotMatch(stderr, /Finding faces|\n\s+at /);
    assert.equal(existsSync(inFolder('nobody')), false);
    assert.deepEqual(await hiddenNames(), []);
  });
});

describe('a target that cannot be written', { skip }, () => {
  let photos = '';
  before(async () => {
    photos = inFolder('for-target');
    await makeDrawnPhotos(photos, [2, 2]);
  });

  const refused = async (out: string, reason: RegExp): Promise<void> => {
    const { code, stderr } = await runCli(['dataset', 'prepare', photos, '--out', out, ...quick]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, reason);
    assert.doesNotMatch(stderr, /\n\s+at |Finding faces/);
  };

  it('is told in one sentence where a file is in the way', async () => {
    await writeFile(inFolder('file'), 'in the way');
    await refused(inFolder('file', 'dataset'), /[\\/]file is a file\./);
    await refused(inFolder('file'), /[\\/]file is a file\./);
    assert.equal(await readFile(inFolder('file'), 'utf8'), 'in the way');
    assert.deepEqual(await hiddenNames(), []);
  });

  it('is told in one sentence where the disk is read-only', async (context) => {
    const disk = inFolder('read-only');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64m', 'tmpfs', disk], { stdio: 'pipe', timeout: 60_000 });
    } catch {
      context.skip('this user may not mount a read-only disk');
      return;
    }
    try {
      await refused(path.join(disk, 'dataset'), /read-only.*dataset.* cannot be written: the disk is read-only/);
      assert.deepEqual(await readdir(disk), []);
    } finally {
      execFileSync('umount', [disk], { timeout: 60_000 });
    }
  });

  it('is told in one sentence where permission is missing', async (context) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') {
      context.skip('nothing is forbidden to root, and Windows has other rights');
      return;
    }
    const closed = inFolder('closed');
    await mkdir(closed, { mode: 0o500 });
    await refused(path.join(closed, 'dataset'), /closed.*dataset.* permission/);
    assert.deepEqual(await readdir(closed), []);
  });
});
