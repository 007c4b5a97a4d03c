import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { CancelledError, UserError } from '../../src/base/user-error';
import { auditData } from '../../src/dataset/audit/audit';
import { auditReportSchema, type AuditReport } from '../../src/dataset/audit/audit-artifact';
import { auditText } from '../../src/dataset/audit/audit-text';
import type { DatasetRecord } from '../../src/dataset/dataset-artifact';
import { datasetFileName } from '../../src/dataset/artifact-names';
import { datasetFingerprint } from '../../src/dataset/dataset-fingerprint';
import { parseLeaveOutList } from '../../src/dataset/quarantine';
import { writeShards } from '../../src/dataset/write-shards';
import { parsePairs } from '../../src/evaluation/pair-file';
import { truthfulDependencies, writePicture } from '../support/audit-scene';
import { blobPicture } from '../unit/dataset/audit/pictures';

let folder = '';
let photos = '';
const at = (...parts: string[]): string => path.join(folder, ...parts);
const photo = (name: string): string => path.join(photos, name);

/** Who really is on a photo, where it is not the person of its folder. */
const truth = new Map([['ann/6.jpg', 'bob'], ['cy/ann3.jpg', 'ann'], ['dea/blank.png', undefined]]);
const twins = new Map([['cy-again', 'cy'], ['eve', 'bob']]);

function personOf(file: string): string | undefined {
  const name = path.basename(path.dirname(file));
  const key = `${name}/${path.basename(file)}`;
  return truth.has(key) ? truth.get(key) : (twins.get(name) ?? name);
}

async function makePeople(root: string, people: Record<string, number>, seed = ''): Promise<void> {
  for (const [name, count] of Object.entries(people)) {
    for (let i = 1; i <= count; i++) await writePicture(path.join(root, name, `${i}.jpg`), blobPicture(`${seed}${name}${i}`, 96));
  }
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'audit-'));
  photos = at('photos');
  await makePeople(photos, { ann: 6, bob: 6, cy: 5, 'cy-again': 4, dea: 2 });
  await copyFile(photo('ann/1.jpg'), photo('ann/1 copy.jpg'));
  await sharp(photo('ann/2.jpg')).png().toFile(photo('ann/2.png'));
  await sharp(photo('bob/1.jpg')).resize(70).modulate({ brightness: 1.15 }).jpeg({ quality: 60 }).toFile(photo('bob/smaller.jpg'));
  await copyFile(photo('ann/3.jpg'), photo('cy/ann3.jpg'));
  await sharp({ create: { width: 40, height: 40, channels: 3, background: '#333' } }).png().toFile(photo('dea/blank.png'));
  await writeFile(photo('dea/broken.jpg'), (await readFile(photo('bob/2.jpg'))).subarray(0, 700));
});
after(() => rm(folder, { recursive: true, force: true }));

/** What is found, by names only. */
function groupsOf({ duplicates }: AuditReport): string[] {
  return duplicates.map(({ kind, photos: members }) => `${kind}: ${members.map(({ photo: name, keep }) => `${keep ? '+' : '-'}${name}`).sort().join(' ')}`);
}

describe('an audit of photos', () => {
  it('finds copies, worst first, and proposes to keep the best of each person', async () => {
    const report = await auditData({ data: photos }, truthfulDependencies(personOf));
    assert.deepEqual(groupsOf(report), [
      'two-people: -ann/3.jpg -cy/ann3.jpg',
      ...['exact: +ann/1.jpg -ann/1 copy.jpg', 'exact: +ann/2.png -ann/2.jpg'],
      'near: +bob/1.jpg -bob/smaller.jpg',
    ]);
    assert.deepEqual(report.duplicates.map(({ photos: members }) => members.find(({ keep }) => !keep)?.copy), ['bytes', 'bytes', 'pixels', 'near']);
    assert.deepEqual(auditReportSchema.parse(JSON.parse(JSON.stringify(report))), report);
  });

  it('notes what cannot be read and what shows nothing, and counts the people', async () => {
    const { unreadable, blank, balance, judge, labelOutliers, samePerson, against } = await auditData({ data: photos }, truthfulDependencies(personOf));
    assert.deepEqual(unreadable.map((entry) => entry.photo), ['dea/broken.jpg']);
    assert.notEqual(unreadable[0]?.detail, '');
    assert.deepEqual(blank, ['dea/blank.png']);
    assert.deepEqual([balance.people, balance.photos, balance.fewest, balance.most, balance.median], [5, 29, 4, 8, 6]);
    assert.deepEqual([judge, against, labelOutliers, samePerson], [null, null, [], []]);
  });

  it('judges people by a model', async () => {
    const dependencies = truthfulDependencies(personOf);
    const report = await auditData({ data: photos, model: 'model' }, dependencies);
    assert.deepEqual(report.judge, { model: 'model', title: 'a truthful model', threshold: 0.35, photosJudged: 27 });
    assert.deepEqual(new Set(report.labelOutliers.map((outlier) => `${outlier.photo} ${outlier.reason} ${outlier.other?.person ?? ''}`)), new Set(['ann/6.jpg other-person bob', 'cy/ann3.jpg other-person ann']));
    assert.deepEqual(report.samePerson.map(({ people }) => people), [['cy', 'cy-again']]);
    assert.ok((report.samePerson[0]?.likeness ?? 0) > 0.35);
    assert.deepEqual(report.withoutFace, ['dea/blank.png']);
    assert.equal(groupsOf(report)[0], 'two-people: +ann/3.jpg -cy/ann3.jpg', 'the model knows whose photo it is');
    assert.equal(dependencies.open, 0);
  });

  it('proposes each photo once, with its gravest reason, as lines of a list', async () => {
    const { leaveOut } = await auditData({ data: photos, model: 'model' }, truthfulDependencies(personOf));
    assert.deepEqual(leaveOut.map((entry) => entry.photo), ['cy/ann3.jpg', 'ann/6.jpg', 'ann/1 copy.jpg', 'ann/2.jpg', 'bob/smaller.jpg', 'dea/broken.jpg', 'dea/blank.png']);
    assert.match(leaveOut[0]?.reason ?? '', /^filed under .*ann.*: the same file as ann\/3\.jpg$/u);
    assert.match(leaveOut[1]?.reason ?? '', /^likely another person: likeness -?0\.\d\d to ann, 0\.\d\d to bob$/u);
    assert.match(leaveOut[4]?.reason ?? '', /^near-duplicate \(\d+ of 64 bits differ\) of bob\/1\.jpg$/u);
  });

  it('finds nothing more when the proposed photos are left out', async () => {
    const { leaveOut } = await auditData({ data: photos, model: 'model' }, truthfulDependencies(personOf));
    const list = at('list.txt');
    await writeFile(list, leaveOut.map((entry) => `${entry.photo}\n`).join(''));
    const again = await auditData({ data: photos, model: 'model', leaveOut: list }, truthfulDependencies(personOf));
    assert.deepEqual([again.leaveOut, again.duplicates, again.unreadable, again.labelOutliers], [[], [], [], []]);
    assert.equal(again.data.photos, 22);
    assert.equal(parseLeaveOutList(await readFile(list, 'utf8'), list).size, 7);
  });

  it('says all that in words', async () => {
    const text = auditText(await auditData({ data: photos, model: 'model' }, truthfulDependencies(personOf)));
    assert.match(text, /^29 pictures of 5 people in .*\(4 to 8 each, median 6\)/u);
    assert.match(text, /1 groups of copies filed under several people:\n {2}.*ann\/3\.jpg \(keep\)[\s\S]*1 pairs of people who look like the same person:\n {2}cy .* and cy-again/u);
    assert.match(text, /2 photos that are likely filed under the wrong person[\s\S]*2 groups of exact copies[\s\S]*1 files that cannot be read:\n {2}dea\/broken\.jpg: /u);
  });

  it('changes nothing, leaves no files, and ends with each model closed, also when it is cancelled', async () => {
    const before = await contentOf(photos);
    const spools = async (): Promise<string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith('mobilefacenet-audit-'));
    const spoolsBefore = await spools();
    for (const label of ['Reading pictures', 'Comparing pictures', 'Judging faces']) {
      const abort = new AbortController();
      const dependencies = truthfulDependencies(personOf);
      const progress = { report: (update: { label: string }) => (update.label === label ? abort.abort() : undefined) };
      await assert.rejects(auditData({ data: photos, model: 'model', progress, signal: abort.signal }, dependencies), CancelledError, label);
      assert.equal(dependencies.open, 0);
    }
    assert.deepEqual(await spools(), spoolsBefore);
    assert.deepEqual(await contentOf(photos), before);
  });

  it('refuses what it cannot audit, and a model that cannot judge', async () => {
    await mkdir(at('damaged', 'ann'), { recursive: true });
    await writeFile(at('damaged', 'ann', '1.jpg'), 'no picture');
    await assert.rejects(auditData({ data: at('damaged') }, truthfulDependencies(personOf)), /None of the 1 pictures in .* can be read; ann\/1\.jpg: /u);
    const unverified = { ...truthfulDependencies(personOf), recommendedThreshold: () => Promise.resolve(undefined) };
    await assert.rejects(auditData({ data: photos, model: 'model' }, unverified), /model was never verified/u);
    assert.equal((await auditData({ data: photos, model: 'model', threshold: 0.5 }, unverified)).judge?.threshold, 0.5);
    await assert.rejects(auditData({ data: photos, model: 'model' }, truthfulDependencies(() => undefined)), (error) => error instanceof UserError && /No face was found/u.test(error.message));
    await assert.rejects(auditData({ data: photos, against: at('nowhere') }, truthfulDependencies(personOf)), /nowhere does not exist/u);
  });
});

describe('an audit against a verification set', () => {
  it('finds pictures, names and look-alikes that are in both', async () => {
    const verification = at('verification');
    await makePeople(verification, { eve: 3, Ann: 2, zoe: 2 }, 'v');
    await sharp(photo('bob/2.jpg')).modulate({ brightness: 0.75 }).jpeg().toFile(path.join(verification, 'eve', '9.jpg'));
    const { leakage, leaveOut, duplicates, against } = await auditData({ data: photos, against: verification, model: 'model' }, truthfulDependencies(personOf));
    assert.deepEqual(leakage.pictures.map((leaked) => `${leaked.photo} ${leaked.copy} ${leaked.verificationPhoto}`), ['bob/2.jpg near eve/9.jpg']);
    assert.deepEqual(leakage.people, [{ person: 'ann', verificationPerson: 'Ann', photos: 8 }]);
    assert.deepEqual(leakage.lookAlikes.map(({ people, parts }) => [...people, ...parts]), [['bob', 'eve', 'training', 'verification']]);
    assert.match(leaveOut[0]?.reason ?? '', /^also in the verification: near-duplicate .* of eve\/9\.jpg$/u);
    assert.equal(duplicates.length, 4, 'copies outside of the data are no duplicates in it');
    assert.deepEqual(against, { path: verification, kind: 'photos', photos: 8, people: 3, photosNotFound: [] });
  });

  it('takes a pair list, whose photos lie in the audited folder or nowhere', async () => {
    const list = at('pairs.txt');
    await writeFile(list, 'bob/3.jpg bob/4.jpg 1\ncy/1.jpg gone/1.jpg 0\n');
    const dependencies = { ...truthfulDependencies(personOf), readPairs: async (file: string) => parsePairs(await readFile(file, 'utf8'), file) };
    const { leakage, against } = await auditData({ data: photos, against: list }, dependencies);
    assert.deepEqual(leakage.pictures.map((leaked) => leaked.photo).sort(), ['bob/3.jpg', 'bob/4.jpg', 'cy/1.jpg']);
    assert.deepEqual(leakage.people.map(({ person }) => person), ['bob', 'cy']);
    assert.deepEqual([against?.kind, against?.photos, against?.people, against?.photosNotFound], ['pairs', 3, 3, ['gone/1.jpg']]);
    const none = await auditData({ data: photos, against: list, againstPhotos: at('nowhere') }, dependencies);
    assert.deepEqual([none.leakage.pictures, none.leakage.people.length], [[], 2]);
  });
});

describe('an audit of a dataset', () => {
  it('finds copies within the training, and held-out pictures in it', async () => {
    const dataset = await writeDataset();
    const report = await auditData({ data: dataset }, truthfulDependencies(personOf));
    assert.deepEqual(report.data, { path: dataset, kind: 'dataset', photos: 6, people: 3 });
    assert.deepEqual(groupsOf(report).map((group) => group.split(':')[0]), ['two-people', 'exact']);
    assert.deepEqual(report.leakage.pictures.map((leaked) => [leaked.photo, leaked.verificationPhoto]), [['bob/training image 3', 'cy/held-out image 0']]);
    assert.deepEqual([report.leaveOut, report.unreadable], [[], []]);
    await assert.rejects(auditData({ data: dataset, leaveOut: at('list.txt') }, truthfulDependencies(personOf)), /of which no photos can be left out/u);
  });

  it('serves as what photos are checked against', async () => {
    const { leakage } = await auditData({ data: photos, against: await writeDataset() }, truthfulDependencies(personOf));
    assert.deepEqual(leakage.people.map(({ person }) => person), ['ann', 'bob', 'cy']);
    assert.ok(leakage.pictures.some((leaked) => leaked.photo === 'cy/2.jpg' && leaked.verificationPhoto.startsWith('cy/held-out image')));
  });
});

/** Ann twice the same, Bob with a picture of the held-out Cy. */
async function writeDataset(): Promise<string> {
  const dataset = at('dataset');
  await rm(dataset, { recursive: true, force: true });
  await mkdir(dataset);
  const records = [['ann/1.jpg', 0], ['ann/1.jpg', 0], ['bob/1.jpg', 1], ['cy/1.jpg', 2], ['cy/1.jpg', 1], ['cy/2.jpg', 2]] as const;
  const images = await Promise.all(records.map(([name]) => readFile(photo(name))));
  const recordAt = (i: number) => ({ height: 96, width: 96, depth: 3, label: records[i]?.[1] ?? 0, image: images[i] as Uint8Array });
  const shards = await writeShards(dataset, records.length, recordAt, () => undefined);
  const identities = ['ann', 'bob', 'cy'].map((name, label) => ({ name, images: 2, heldOut: label === 2 }));
  const meaning = { imageSize: 96, template: 'arcface-112', landmarks: 'sidecar', seed: 1, identities };
  const record: DatasetRecord = {
    format: 1, toolVersion: '0', createdAt: '', ...meaning, images: records.length,
    fingerprint: datasetFingerprint(meaning, shards.map((shard) => shard.index)),
    shards: shards.map(({ file, index }) => ({ file, records: index.count })),
  };
  await writeFile(path.join(dataset, datasetFileName), JSON.stringify(record));
  return dataset;
}

async function contentOf(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)).sort();
  return Promise.all(files.map(async (file) => `${file} ${(await readFile(file)).toString('base64')}`));
}
