import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PhotoCounts } from '../../../src/host/datasets/photo-counts';
import { readPhotoFolder } from '../../../src/host/datasets/dataset-entries';
import { readDataset } from '../../../src/host/datasets/read-dataset';
import { folderOf } from '../../../src/host/commands/register-commands';
import { invalidEpochs, trainArguments } from '../../../src/host/commands/train-arguments';
import { findDocuments } from '../../../src/host/workspace/find-documents';
import { findArtifacts } from '../../../src/host/workspace/find-artifacts';
import { Uri } from '../../support/vscode';

let root = '';
async function put(file: string, content = ''): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'workspace-'));
  for (const photo of ['sample/Ann/1.jpg', 'sample/Ann/2.JPG', 'sample/Bob/1.png', 'sample/empty/notes.txt', 'holiday/2025/1.jpg']) await put(photo);
  for (const artifact of ['datasets/sample/dataset.json', 'runs/r01/run.json', 'runs/deep/er/r02/run.json', 'exports/face-tfjs/face.json', 'exports/face-tfjs/model.json', 'face.json', 'a/b/c/d/run.json', 'node_modules/x/run.json', '.hidden/run.json']) await put(artifact, '{}');
  await put('face.kmodel');
});
after(() => rm(root, { recursive: true, force: true }));

test('finds photo folders, datasets and runs three levels deep', async () => {
  const inRoot = (...names: string[]): string[] => names.map((name) => path.join(root, name));
  assert.deepEqual(await findArtifacts([root]), {
    // One subfolder with pictures is not a folder of people.
    photoFolders: inRoot('sample'), datasets: inRoot('datasets/sample'), runs: inRoot('runs/r01'), models: inRoot('exports/face-tfjs'),
  });
  assert.deepEqual((await findArtifacts([path.join(root, 'runs')])).runs, inRoot('runs/deep/er/r02', 'runs/r01'));
  assert.deepEqual(await findArtifacts([path.join(root, 'missing')]), { photoFolders: [], datasets: [], runs: [], models: [] });
});

test('finds documents by their names', async () => {
  await put('recipes/own.recipe.json');
  await put('node_modules/a.recipe.json');
  assert.deepEqual(await findDocuments([root], (name) => /\.recipe\.json$/.test(name)), [path.join(root, 'recipes/own.recipe.json')]);
});

test('counts people and photos', async () => {
  const { people, photos } = await readPhotoFolder(path.join(root, 'sample'), new PhotoCounts());
  assert.deepEqual(people.map(({ name, images }) => [name, images]), [['Ann', 2], ['Bob', 1]]);
  assert.equal(photos, 3);
});

test('photos are counted again when a folder has changed, and not before', async () => {
  const folder = path.join(root, 'counted');
  await mkdir(folder);
  await writeFile(path.join(folder, '1.jpg'), '');
  const counts = new PhotoCounts();
  const longAgo = new Date(2020, 1, 1);
  await utimes(folder, longAgo, longAgo);
  assert.equal(await counts.of(folder), 1);
  await writeFile(path.join(folder, '2.PGM'), '');
  await utimes(folder, longAgo, longAgo);
  assert.equal(await counts.of(folder), 1, 'the time of change says that nothing has changed');
  await utimes(folder, new Date(), new Date());
  assert.equal(await counts.of(folder), 2);
  assert.equal(await counts.of(path.join(root, 'missing')), 0);
});

test('a dataset that cannot be read says why', async () => {
  const entry = await readDataset(path.join(root, 'datasets/sample'));
  assert.match(entry.kind === 'broken' ? entry.reason : '', /dataset\.json: format/);
});

test('arguments of a training', () => {
  assert.deepEqual(trainArguments({ dataset: '/d', out: '/r', epochs: 3, start: { network: 'k210-s' } }), ['train', '--dataset', '/d', '--out', '/r', '--network', 'k210-s', '--epochs', '3']);
  assert.deepEqual(trainArguments({ dataset: '/d', out: '/r', epochs: 3, start: { parent: '/p', head: 'arcface' } }), ['train', '--dataset', '/d', '--out', '/r', '--from', '/p', '--head', 'arcface', '--epochs', '3']);
  const start = { parent: '/p', head: 'arcface', point: 120, margin: 0.4, warmUpEpochs: 2, scale: 'adacos', learningRate: 0.001 } as const;
  assert.deepEqual(trainArguments({ dataset: '/d', out: '/r', epochs: 3, start }).slice(5, -2), [
    '--from', '/p@120', '--head', 'arcface', '--margin', '0.4', '--margin-warm-up', '2', '--scale', 'adacos', '--learning-rate', '0.001',
  ]);
  assert.deepEqual(['', '1.5', 'x', '0', '10001', '20'].map(invalidEpochs), ['not-a-number', 'not-a-number', 'not-a-number', 'out-of-range', 'out-of-range', undefined]);
});

test('menus hand over a folder as a path, a resource or an item', () => {
  assert.equal(folderOf('/a'), '/a');
  assert.equal(folderOf(Uri.file('/b')), '/b');
  assert.equal(folderOf({ kind: 'photos', folder: '/c' }), '/c');
  assert.equal(folderOf({ kind: 'run', entry: { folder: '/d' } }), '/d');
  assert.equal(folderOf(undefined), undefined);
});
