import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Command, CommanderError } from 'commander';
import type { CommandResult } from '../../../src/base/command';
import { silentProgress } from '../../../src/base/progress';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { registerEvaluationCommands } from '../../../src/evaluation/evaluation-command';
import type { EvaluationDependencies } from '../../../src/evaluation/evaluation-dependencies';
import { readPairs } from '../../../src/evaluation/pair-file';
import { meanColourEmbedder, plainCrop, type WatchedEmbedder } from './embedders';

const people = ['Ann', 'Bob', 'Cid', 'Dea'] as const;
const photosEach = 6;
let folder = '';
let photos = '';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluation-command-'));
  photos = path.join(folder, 'photos');
  for (const name of people) {
    await mkdir(path.join(photos, name), { recursive: true });
    for (let index = 1; index <= photosEach; index++) await writeFile(path.join(photos, name, `${name}_000${index}.jpg`), '');
  }
});
after(() => rm(folder, { recursive: true, force: true }));

/** A colour that depends mostly on the person, as a stand-in for a face. */
function colourOf(photo: string): [number, number, number] {
  const own = new SeededRandom('person', path.basename(path.dirname(photo)));
  const noise = new SeededRandom('photo', path.basename(photo));
  return [0, 1, 2].map(() => Math.round(own.between(40, 215) + noise.between(-8, 8))) as [number, number, number];
}

interface Session {
  readonly embedder: WatchedEmbedder;
  readonly closed: string[];
  /** What the user was told at once. */
  readonly notices: string[];
  run(...args: string[]): Promise<CommandResult>;
}

function session(changes: Partial<EvaluationDependencies> = {}): Session {
  const embedder = meanColourEmbedder();
  const closed: string[] = [];
  const notices: string[] = [];
  const dependencies: EvaluationDependencies = {
    openEmbedder: () => Promise.resolve(embedder),
    recommendedThreshold: () => Promise.resolve(0.9),
    alignPhoto: (photo, size) => Promise.resolve(photo.includes('Dea_0002') ? undefined : plainCrop(colourOf(photo), size)),
    readCrop: (photo, size) => Promise.resolve(plainCrop(colourOf(photo), size)),
    listPhotos: async (root) =>
      Promise.all((await readdir(root)).map(async (name) => ({ name, photos: await readdir(path.join(root, name)) }))),
    openHeldOut: (dataset, size) => Promise.resolve({
      identities: people.map((name) => ({ name, images: photosEach })),
      loadCrop: (picture) => Promise.resolve(plainCrop(colourOf(`${people[Math.floor(picture / photosEach)]}/${picture}`), size)),
      fingerprint: 'f00d',
      template: 'arcface-112',
      close: () => Promise.resolve(void closed.push(dataset)),
    }),
    openVerificationSet: (file) => Promise.resolve({
      pairs: { folds: 4, same: Uint8Array.from({ length: 40 }, (_, pair) => pair % 2), fold: Uint16Array.from({ length: 40 }, (_, pair) => Math.floor(pair / 10)) },
      fingerprint: `of ${file}`,
      // The second picture of a pair of different people is of the next person.
      loadCrop: (picture, size) => Promise.resolve(plainCrop(colourOf(`${people[(Math.floor(picture / 2) + (picture % 4 === 1 ? 1 : 0)) % 4]}/${picture}`), size)),
    }),
    thumbnail: (crop) => Promise.resolve(crop.slice(0, 3)),
    ...changes,
  };
  return {
    embedder,
    closed,
    notices,
    async run(...args) {
      const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
      const results: CommandResult[] = [];
      registerEvaluationCommands(program, (command, action) => {
        command.action(async () => {
          results.push(await action(command.args, command.opts(), { progress: silentProgress, notice: (sentence) => void notices.push(sentence), signal: new AbortController().signal, verbose: false }));
        });
      }, dependencies);
      await program.parseAsync(args, { from: 'user' });
      return results[0] ?? assert.fail('no result');
    },
  };
}

test('evaluate judges a pair list and tells photos without a face', async () => {
  const list = path.join(folder, 'pairs.csv');
  const { run, embedder } = session();
  const made = await run('pairs', 'make', photos, '--out', list, '--count', '60', '--seed', '7');
  assert.deepEqual({ ...made.result, out: '' }, { out: '', pairs: 60, samePairs: 30, differentPairs: 30, folds: 10, seed: 7 });
  const { result, text } = await run('evaluate', 'model', '--photos', photos, '--pairs', list, '--out', path.join(folder, 'report'));
  const used = (await readPairs(list)).pairs.filter(({ a, b }) => a.includes('Dea_0002') || b.includes('Dea_0002')).length;
  assert.deepEqual(result['photosWithoutFace'], ['Dea/Dea_0002.jpg']);
  assert.equal(result['pairsSkipped'], used);
  assert.equal(result['pairs'], 60 - used);
  assert.ok(used > 0 && Number(result['auc']) > 0.9 && Number(result['accuracy']) > 0.8, JSON.stringify(result));
  assert.ok(Number(result['eer']) < 0.2 && Number(result['threshold']) > 0.5);
  assert.match(text, /Verification of a test model[\s\S]*No face was found in 1 of 24 photos[\s\S]*Written: /u);
  assert.ok(embedder.isClosed);
  const stored = JSON.parse(await readFile(path.join(folder, 'report', 'report.json'), 'utf8')) as Record<string, unknown>;
  assert.equal(stored['auc'], result['auc']);
  assert.ok((await readdir(path.join(folder, 'report'))).includes('scores.csv'));
  const intervals = result['intervals'] as { method: string; auc: { low: number; high: number } };
  assert.equal(intervals.method, 'identities', 'the folders are the people');
  assert.ok(intervals.auc.low <= Number(result['auc']) && Number(result['auc']) <= intervals.auc.high);
  assert.equal(result['people'], 4);
  assert.ok((result['identification'] as { leaveOneOut: { rank1: number } }).leaveOneOut.rank1 > 0.7);
});

test('evaluate --dataset warns when the model knows crops that are cut otherwise', async () => {
  for (const [template, warned] of [['original-128', true], ['arcface-112', false], [undefined, false]] as const) {
    const { run, notices } = session({ openEmbedder: () => Promise.resolve({ ...meanColourEmbedder(), template }) });
    const { result } = await run('evaluate', 'model', '--dataset', 'team', '--count', '40');
    assert.deepEqual([result['template'], result['modelTemplate']], ['arcface-112', template ?? null]);
    assert.deepEqual(notices.map((sentence) => /cut as original-128, but those of the dataset are cut as arcface-112/.test(sentence)), warned ? [true] : []);
  }
});

test('evaluate --bin judges a verification set by its own pairs and folds', async () => {
  const { run, embedder } = session();
  const { result } = await run('evaluate', 'model', '--bin', 'agedb_30.bin');
  assert.deepEqual([result['pairs'], result['verificationSet'], result['fingerprint'], (result['folds'] as unknown[]).length], [40, 'agedb_30.bin', 'of agedb_30.bin', 4]);
  assert.ok(Number(result['auc']) > 0.9, String(result['auc']));
  assert.equal((result['intervals'] as { method: string }).method, 'pairs');
  assert.equal(result['identification'], null);
  assert.equal(embedder.calls.reduce((sum, count) => sum + count, 0), 80);
  await assert.rejects(session().run('evaluate', 'model', '--bin', 'x.bin', '--dataset', 'd'), CommanderError);
});

test('evaluate writes its report as JSON and as a page that needs nothing else', async () => {
  const [json, html] = [path.join(folder, 'new', 'one.json'), path.join(folder, 'new', 'one.html')];
  const noisy = session({ readCrop: (photo, size) => Promise.resolve(plainCrop(colourOf(photo.replace('0003', `000${photo.length % 5}`).replace(/Bob(?=\/)/u, 'Ann')), size)) });
  const { result } = await noisy.run('evaluate', 'model', '--photos', photos, '--aligned', '--count', '80', '--report', json, '--html', html);
  assert.deepEqual(result['written'], [json, html]);
  const stored = JSON.parse(await readFile(json, 'utf8')) as { auc: number; curve: { roc: unknown[] }; fingerprint: string };
  assert.equal(stored.auc, result['auc']);
  assert.ok(stored.curve.roc.length > 2 && /^[0-9a-f]{64}$/u.test(stored.fingerprint));
  const page = await readFile(html, 'utf8');
  assert.match(page, /data:image\/jpeg;base64,/u);
  assert.doesNotMatch(page, /<script|https?:|src="(?!data:)/u);
  await noisy.run('evaluate', 'model', '--photos', photos, '--aligned', '--count', '80', '--html', html, '--no-thumbnails');
  assert.doesNotMatch(await readFile(html, 'utf8'), /data:image/u);
});

test('evaluate makes pairs when no list is given, takes aligned crops as they are and adds mirrored ones', async () => {
  const { run, embedder } = session({ alignPhoto: () => Promise.reject(new Error('not aligned again')) });
  const { result } = await run('evaluate', 'model', '--photos', photos, '--aligned', '--flip', '--count', '80');
  assert.equal(result['pairs'], 80);
  assert.deepEqual(result['photosWithoutFace'], []);
  assert.deepEqual(embedder.calls, [24, 24]);
  const again = await session().run('evaluate', 'model', '--photos', photos, '--aligned', '--count', '80');
  assert.ok(Math.abs(Number(again.result['auc']) - Number(result['auc'])) < 1e-6, 'a mean colour has no sides');
});

test('evaluate --dataset judges the held-out people and closes the dataset, also after a failure', async () => {
  const good = session();
  const { result } = await good.run('evaluate', 'model', '--dataset', 'some/dataset', '--count', '100');
  assert.deepEqual([result['pairs'], result['identities'], result['photos'], result['dataset']], [100, 4, 24, 'some/dataset']);
  assert.deepEqual(good.closed, ['some/dataset']);
  const bad = session();
  bad.embedder.embed = () => Promise.reject(new UserError('The engine failed.', 'Run doctor.'));
  await assert.rejects(bad.run('evaluate', 'model', '--dataset', 'd'), /engine failed/u);
  assert.deepEqual([bad.closed, bad.embedder.isClosed], [['d'], true]);
});

test('pairs make pairs the held-out people of a dataset, and evaluate judges those pairs', async () => {
  const dataset = path.join(folder, 'dataset');
  const list = path.join(folder, 'dataset-pairs.csv');
  const identities = [...people.map((name) => ({ name, images: photosEach, heldOut: true })), { name: 'Eve', images: 9, heldOut: false }];
  await mkdir(dataset, { recursive: true });
  await writeFile(path.join(dataset, 'dataset.json'), JSON.stringify({
    format: 1, toolVersion: '1', createdAt: '', fingerprint: '', imageSize: 4, template: '', landmarks: '', seed: 0, identities, shards: [], images: 33,
  }));
  const made = await session().run('pairs', 'make', dataset, '--out', list, '--count', '40');
  assert.deepEqual([made.result['pairs'], made.result['samePairs']], [40, 20]);
  assert.ok((await readPairs(list)).pairs.every(({ a, b }) => !a.startsWith('Eve') && !b.startsWith('Eve')));
  const { run, closed } = session();
  const { result } = await run('evaluate', 'model', '--dataset', dataset, '--pairs', list, '--out', path.join(folder, 'dataset-report'));
  assert.deepEqual([result['pairs'], result['pairList'], result['identities']], [40, list, 4]);
  assert.ok(Number(result['auc']) > 0.9, 'pictures are those of the people that the list names');
  assert.deepEqual(closed, [dataset]);
  assert.ok((await readdir(path.join(folder, 'dataset-report'))).includes('scores.csv'));
  const whole = await session().run('evaluate', 'model', '--dataset', dataset, '--count', '40');
  assert.equal(whole.result['pairList'], null);
});

test('photos of a list are found under another extension, missing ones are told', async () => {
  const list = path.join(folder, 'other.txt');
  const pngs = path.join(folder, 'pngs');
  await mkdir(path.join(pngs, 'Ann'), { recursive: true });
  await mkdir(path.join(pngs, 'Bob'), { recursive: true });
  for (const file of ['Ann/Ann_0001.png', 'Ann/Ann_0002.png', 'Bob/Bob_0001.png', 'Bob/Bob_0002.png']) await writeFile(path.join(pngs, file), '');
  await writeFile(list, '2\t1\nAnn\t1\t2\nAnn\t1\tBob\t1\nBob\t1\t2\nAnn\t2\tBob\t2\n');
  const { result } = await session().run('evaluate', 'model', '--photos', pngs, '--pairs', list);
  assert.deepEqual([result['pairs'], result['photos']], [4, 4]);
  await rm(path.join(pngs, 'Bob', 'Bob_0002.png'));
  await assert.rejects(session().run('evaluate', 'model', '--photos', pngs, '--pairs', list), /1 of the 4 photos .* first is Bob\/Bob_0002\.jpg/u);
});

test('evaluate refuses photos without faces, and no input at all', async () => {
  await assert.rejects(session({ alignPhoto: () => Promise.resolve(undefined) }).run('evaluate', 'model', '--photos', photos), /No face was found in any/u);
  await assert.rejects(session().run('evaluate', 'model'), UserError);
  await assert.rejects(session().run('evaluate', 'model', '--photos', photos, '--dataset', 'd'), CommanderError);
  await assert.rejects(session().run('evaluate', 'model', '--photos', photos, '--count', 'many'), CommanderError);
  await assert.rejects(session().run('evaluate', 'model', '--photos', photos, '--seed', '-1'), CommanderError);
});

test('embed gives normalised embeddings in the order of the photos', async () => {
  const given = ['Ann/Ann_0001.jpg', 'Dea/Dea_0002.jpg', 'Bob/Bob_0003.jpg'].map((name) => path.join(photos, name));
  const { result, text } = await session().run('embed', 'model', ...given);
  const embeddings = result['embeddings'] as { photo: string; embedding: number[] | null }[];
  assert.deepEqual(embeddings.map(({ photo }) => photo), given);
  assert.equal(embeddings[1]?.embedding, null);
  assert.deepEqual(result['photosWithoutFace'], [given[1]]);
  assert.ok(Math.abs(Math.hypot(...(embeddings[2]?.embedding ?? [])) - 1) < 1e-6);
  assert.match(text, /Dea_0002\.jpg: no face found/u);
});

test('photos are cut by the template that each model was trained on, in whichever order models are opened', async () => {
  const asked: (string | undefined)[] = [];
  const trainedOn = new Map([['original', 'original-128'], ['box', 'fixed-box-59,14,207,222'], ['old', undefined]]);
  const { run } = session({
    openEmbedder: (model) => Promise.resolve({ ...meanColourEmbedder(), template: trainedOn.get(model) }),
    alignPhoto: (photo, size, template) => {
      asked.push(template);
      return Promise.resolve(plainCrop(colourOf(photo), size));
    },
  });
  const two = ['Ann/Ann_0001.jpg', 'Bob/Bob_0003.jpg'].map((name) => path.join(photos, name));
  for (const model of ['original', 'old', 'box', 'original']) {
    await run('embed', model, ...two);
    await run('compare', model, ...two);
    await run('evaluate', model, '--photos', photos, '--count', '40');
    assert.deepEqual([...new Set(asked.splice(0))], [trainedOn.get(model)], model);
  }
});

test('compare says same or different by the recommended or the given threshold', async () => {
  const photo = (name: string): string => path.join(photos, name.slice(0, 3), `${name}.jpg`);
  const same = await session().run('compare', 'model', photo('Ann_0001'), photo('Ann_0002'));
  assert.deepEqual([same.result['same'], same.result['threshold']], [true, 0.9]);
  assert.match(same.text, /^Same person: cosine 0\.\d{4}, threshold 0\.9000\.$/u);
  const different = await session().run('compare', 'model', photo('Ann_0001'), photo('Bob_0002'));
  assert.equal(different.result['same'], false);
  const lenient = await session().run('compare', 'model', photo('Ann_0001'), photo('Bob_0002'), '--threshold', '-1');
  assert.deepEqual([lenient.result['same'], lenient.result['threshold']], [true, -1]);
  const unknown = await session({ recommendedThreshold: () => Promise.resolve(undefined) }).run('compare', 'model', photo('Ann_0001'), photo('Ann_0002'));
  assert.deepEqual([unknown.result['same'], unknown.result['threshold']], [null, null]);
  await assert.rejects(session().run('compare', 'model', photo('Ann_0001'), photo('Dea_0002')), /No face was found in .*Dea_0002\.jpg/u);
  await assert.rejects(session().run('compare', 'model', 'a', 'b', '--threshold', '1.5'), CommanderError);
});

test('pairs make writes LFW\'s form on request and says when the photos give fewer', async () => {
  const list = path.join(folder, 'pairs.txt');
  const { text } = await session().run('pairs', 'make', photos, '--out', list, '--format', 'lfw');
  assert.match(await readFile(list, 'utf8'), /^10\t6\n/u);
  assert.match(text, /60 pairs of the same person and 60 of different people in 10 folds\. The photos give no more/u);
  await assert.rejects(session().run('pairs', 'make', photos), CommanderError);
});
