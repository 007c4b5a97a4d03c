import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { bundlePath } from '../../src/base/product';
import { SeededRandom } from '../../src/base/random';
import { CancelledError } from '../../src/base/user-error';
import { readPolicy } from '../../src/dataset/policy/read-policy';
import { prepareDataset, type PrepareOptions } from '../../src/dataset/prepare';
import { Journal } from '../../src/dataset/resume/journal';
import { ResumableSpool } from '../../src/dataset/resume/resumable-spool';
import { runCli, startCli } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';

const skip = !existsSync(bundlePath('detector-worker.js')) && 'dist/detector-worker.js is not built (npm run build)';
const kills = 10;
const listKills = 4;

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'resume-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Everything in a dataset that may not depend on when and how often it was interrupted. */
async function contentOf(dataset: string): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for (const name of (await readdir(dataset)).sort()) {
    const bytes = await readFile(path.join(dataset, name));
    if (!name.endsWith('.json')) content[name] = bytes.toString('base64');
    else content[name] = { ...(JSON.parse(bytes.toString()) as object), createdAt: '', seconds: 0, photosPerSecond: 0, resumedPhotos: 0 };
  }
  return content;
}

async function hiddenNames(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('.'));
}

describe('a preparation that is interrupted', { skip }, () => {
  let photos = '';
  let policyFile = '';
  before(async () => {
    photos = path.join(folder, 'photos');
    policyFile = path.join(folder, 'policy.json');
    await makeDrawnPhotos(photos, [40, 30, 30, 30, 30, 20, 20]);
    await writeFile(path.join(photos, 'person-001', 'no.jpg'), 'no picture');
    await writeFile(policyFile, JSON.stringify({ rules: [{ upTo: 35, operations: ['opening', 'gaussian-noise', 'salt-and-pepper'] }, { above: 35, sample: 35 }] }));
  });

  const argumentsFor = (out: string): string[] => ['dataset', 'prepare', photos, '--out', path.join(folder, out), '--workers', '2', '--policy', policyFile];
  const prepare = async (out: string, options: Partial<PrepareOptions> = {}) => prepareDataset({ photos, out: path.join(folder, out), workers: 1, policy: await readPolicy(policyFile), ...options });

  /** Cancels as soon as so many photos (or records) are done. */
  const cancelAt = (label: string, done: number): Pick<PrepareOptions, 'signal' | 'progress'> => {
    const abort = new AbortController();
    return { signal: abort.signal, progress: { report: (update) => (update.label === label && update.done >= done ? abort.abort() : undefined) } };
  };

  it('continues after kill -9 at random moments, with the bytes of an undisturbed run', () => survivesKills(argumentsFor, 'undisturbed', kills));

  it('continues after kill -9 from a list, with the template of the original project', async () => {
    const list = path.join(folder, 'list.txt');
    const people = await readdir(photos, { withFileTypes: true });
    const names = await Promise.all(people.filter((entry) => entry.isDirectory()).map(async ({ name }) => (await readdir(path.join(photos, name))).map((photo) => `${name}\\${photo} ${Number(name.slice(-1)) + 3}`)));
    await writeFile(list, names.flat().reverse().join('\r\n'));
    const fromList = (out: string): string[] => ['dataset', 'prepare', list, '--root', photos, '--out', path.join(folder, out), '--workers', '2', '--template', 'original', '--size', '128'];
    await survivesKills(fromList, 'undisturbed-list', listKills);
    const record = JSON.parse(await readFile(path.join(folder, 'undisturbed-list', 'dataset.json'), 'utf8')) as { template: string; images: number };
    assert.deepEqual([record.template, record.images], ['original-128', 200]);
  });

  it('does not look again at photos that are done, and says how to go on', async () => {
    const text = /photos are done and kept: the same command continues, and with --fresh it begins again/;
    await assert.rejects(prepare('cancelled', cancelAt('Finding faces', 60)), (error) => error instanceof CancelledError && text.test(error.message));
    assert.equal(existsSync(path.join(folder, 'cancelled')), false);
    const reported: number[] = [];
    const progress = { report: ({ label, done }: { label: string; done: number }) => void (label === 'Finding faces' && reported.push(done)) };
    const { report } = await prepare('cancelled', { progress });
    assert.ok((report.resumedPhotos ?? 0) >= 60, `${report.resumedPhotos} photos were taken over`);
    assert.equal(reported[0], report.resumedPhotos);
    assert.equal(reported.length, 1 + 201 - (report.resumedPhotos ?? 0));
    assert.deepEqual(await contentOf(path.join(folder, 'cancelled')), await contentOf(path.join(folder, 'undisturbed')));
    assert.deepEqual(await hiddenNames(), []);
  });

  it('uses the crops for another policy or seed, and not for another size or photo', async () => {
    const interrupt = () => assert.rejects(prepare('changed', cancelAt('Writing records', 1)), CancelledError);
    await interrupt();
    assert.equal((await prepare('changed', { seed: 3 })).report.resumedPhotos, 201);
    await rm(path.join(folder, 'changed'), { recursive: true });
    await interrupt();
    const { report } = await prepare('changed', { quality: { maxRoll: 4 } });
    assert.equal(report.resumedPhotos, 201);
    assert.ok(report.dropped.some(({ reason }) => reason === 'poor-quality'));
    await rm(path.join(folder, 'changed'), { recursive: true });
    await interrupt();
    assert.equal((await prepare('changed', { detector: 'human' })).report.resumedPhotos, 0);
    await rm(path.join(folder, 'changed'), { recursive: true });
    await interrupt();
    assert.equal((await prepare('changed', { size: 64 })).report.resumedPhotos, 0);
    await rm(path.join(folder, 'changed'), { recursive: true });
    await interrupt();
    await utimes(path.join(photos, 'person-000', '0000.png'), 1, 1);
    assert.equal((await prepare('changed')).report.resumedPhotos, 0);
    await rm(path.join(folder, 'changed'), { recursive: true });
    await interrupt();
    assert.equal((await prepare('changed', { fresh: true })).report.resumedPhotos, 0);
    assert.deepEqual(await hiddenNames(), []);
  });

  it('finishes what was published by a run that was killed before it could clean up', async () => {
    const work = path.join(folder, '.published.preparing');
    await assert.rejects(prepare('published', cancelAt('Writing records', 1)), CancelledError);
    const result = (await readdir(work)).find((name) => name.startsWith('result-')) ?? '';
    const done = await prepare('published');
    await mkdir(work);
    await writeFile(path.join(work, 'published.json'), JSON.stringify({ request: result.slice('result-'.length) }));
    assert.equal((await prepare('published')).record.createdAt, done.record.createdAt);
    assert.deepEqual(await hiddenNames(), []);
    await mkdir(work);
    await writeFile(path.join(work, 'published.json'), JSON.stringify({ request: 'of other options' }));
    await assert.rejects(prepare('published'), /is a dataset already/);
    await rm(work, { recursive: true });
  });

  it('lets one process work on a dataset at a time', async () => {
    const first = startCli(argumentsFor('twice'));
    const ended = new Promise((resolve) => first.once('close', resolve));
    try {
      while (first.exitCode === null && !existsSync(path.join(folder, '.twice.preparing', 'crops.journal'))) await sleep(25);
      const second = await runCli(argumentsFor('twice'));
      assert.equal(second.code, 1);
      assert.match(second.stderr, /Another preparation of .*twice is running \(process \d+ on|is a dataset already/);
    } finally {
      first.kill('SIGKILL');
      await ended;
    }
    await runCli([...argumentsFor('twice'), '--fresh', '--overwrite']);
    assert.deepEqual(await hiddenNames(), []);
  });
});

describe('the journal of a preparation', () => {
  const read = async (file: string, header = 'h'): Promise<unknown[]> => {
    const records: unknown[] = [];
    const journal = await Journal.open(file, header, (record) => records.push(record));
    journal.close();
    return records;
  };

  it('ignores a torn tail wherever it was cut, and writes over it', async () => {
    const file = path.join(folder, 'journal');
    const journal = await Journal.open(file, 'h', () => assert.fail('it is new'));
    for (let i = 0; i < 5; i++) journal.append({ i, text: 'ä\n' });
    journal.close();
    const whole = readFileSync(file);
    for (let length = whole.length; length >= 0; length--) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      const records = await read(file);
      const lines = whole.subarray(0, length).filter((byte) => byte === 0x0a).length;
      assert.equal(records.length, Math.max(0, lines - 1));
    }
    writeFileSync(file, whole);
    appendFileSync(file, '00000000 {"i":9}\n{}\n');
    const continued = await Journal.open(file, 'h', () => undefined);
    continued.append({ i: 5 });
    continued.close();
    assert.deepEqual((await read(file)).at(-1), { i: 5 });
    assert.deepEqual(await read(file, 'another'), []);
    assert.deepEqual(await read(file), []);
  });

  it('is believed only where the crops are there', async () => {
    const work = path.join(folder, 'spool');
    await mkdir(work);
    const spool = await ResumableSpool.open(work, 'f', 4, () => assert.fail('it is new'));
    spool.put(2, Buffer.from('two'), 'a');
    spool.put(0, Buffer.from('zero'), 'b');
    spool.put(1, undefined, { reason: 'no-face' });
    spool.close();
    truncateSync(path.join(work, 'crops.spool'), 5);
    const found: unknown[] = [];
    const again = await ResumableSpool.open(work, 'f', 4, (photo, note) => found.push([photo, note]));
    assert.deepEqual(found, [[2, 'a'], [1, { reason: 'no-face' }]]);
    assert.deepEqual([0, 1, 2, 3].map((photo) => [again.isDecided(photo), again.has(photo)]), [[false, false], [true, false], [true, true], [false, false]]);
    again.put(0, Buffer.from('zero'), 'c');
    assert.equal(Buffer.from(again.get(0)).toString(), 'zero');
    assert.equal(Buffer.from(again.get(2)).toString(), 'two');
    again.close();
    const other = await ResumableSpool.open(work, 'g', 4, () => assert.fail('it is of other photos'));
    assert.equal(other.decidedCount, 0);
    other.close();
  });
});

/** Kills preparations at random moments until so many were hit, and compares what the last one of each row gives with an undisturbed one. */
async function survivesKills(argumentsFor: (out: string) => string[], undisturbedName: string, wantedKills: number): Promise<void> {
  const undisturbed = await runCli(argumentsFor(undisturbedName));
  assert.equal(undisturbed.code, 0, undisturbed.stderr);
  const expected = await contentOf(path.join(folder, undisturbedName));
  const seconds = (undisturbed.json as { seconds: number }).seconds;
  const random = new SeededRandom('kills', undisturbedName);
  const out = path.join(folder, 'disturbed');
  for (let killed = 0; killed < wantedKills; ) {
    if (await killAfter(startCli(argumentsFor('disturbed')), random.between(0.2, 0.6 + seconds / 2) * 1000)) killed++;
    else assert.ok(existsSync(out), 'a run that was not killed is complete');
    if (killed < wantedKills && !existsSync(out)) continue;
    const last = await runCli(argumentsFor('disturbed'));
    const wasDone = last.code === 1 && /is a dataset already/.test(last.stderr);
    assert.ok(last.code === 0 || wasDone, last.stderr);
    assert.deepEqual(await contentOf(out), expected);
    await rm(out, { recursive: true });
  }
  assert.deepEqual(await hiddenNames(), []);
}

/** True when the process was still running. */
async function killAfter(child: ChildProcess, delayMs: number): Promise<boolean> {
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await Promise.race([sleep(delayMs), ended]);
  const isRunning = child.exitCode === null;
  child.kill('SIGKILL');
  await ended;
  return isRunning;
}
