import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import type { Rehearsal } from '../../src/cli/rehearse-deployment';
import type { KmodelFacts } from '../../src/kmodel/kmodel-facts';
import type { RunRecord } from '../../src/protocol/run';
import { runCli, startCli, type CliResult } from '../support/cli';

/** As `journey --json` tells it. */
interface JourneyKmodel {
  readonly file: string;
  readonly converted: boolean;
  readonly bytes: number;
  readonly agreement: KmodelFacts['agreement'];
}

/** The last line of stderr: what a user reads when a command has failed. */
function sentence(result: CliResult): string {
  return result.stderr.trim().split('\n').at(-1) ?? '';
}

async function plainPicture(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await sharp({ create: { width: 120, height: 120, channels: 3, background: '#7a8a9a' } }).jpeg().toFile(file);
}

describe('from photos to a verified model on a board', () => {
  let folder = '';
  let engineMissing = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'journey-'));
    const status = await runCli(['engine', 'status']);
    if ((status.json['record'] as { kind?: string } | undefined)?.kind !== 'native') engineMissing = 'TensorFlow is not installed here';
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('one command goes the whole way, and again takes what is there', async (context) => {
    if (engineMissing) return context.skip(engineMissing);
    const photos = path.join(folder, 'photos');
    const out = path.join(folder, 'out');
    assert.equal((await runCli(['sample', photos, '--identities', '6', '--photos', '6'])).code, 0);
    const args = ['journey', '--photos', photos, '--out', out, '--epochs', '1', '--hold-out', '2'];
    const first = await runCli(args);
    assert.equal(first.code, 0, first.stderr);
    const { softmax, arcface } = first.json as { softmax: RunRecord; arcface: RunRecord };
    assert.equal(softmax.head, 'softmax');
    assert.equal(arcface.parent?.name, 'softmax');
    assert.equal(arcface.heldOutIdentities, 2);
    assert.ok(softmax.initialVerification && softmax.result?.verification && arcface.result?.verification);
    const { kmodel, board } = first.json as { kmodel: JourneyKmodel; board: Rehearsal & { verified: boolean } };
    assert.equal(kmodel.converted, true);
    assert.equal((await stat(kmodel.file)).size, kmodel.bytes);
    assert.ok(kmodel.agreement.meanCosine > 0.9, `cosine ${kmodel.agreement.meanCosine} to the float model`);
    assert.deepEqual([board.verified, board.deployment.bytes, board.deployment.loads.kind], [true, kmodel.bytes, 'loaded']);
    assert.equal(board.deployment.crc32, crc32(await readFile(kmodel.file)));
    assert.deepEqual([board.samePhoto.simulator.identical, board.samePhoto.simulator.largestDifference], [true, 0]);
    assert.ok((board.samePhoto.original?.cosine ?? 0) > 0.9, 'the float model is compared as well');
    const again = await runCli(args);
    assert.deepEqual(again.json['arcface'], first.json['arcface']);
    assert.deepEqual(again.json['kmodel'], { ...kmodel, converted: false });
    assert.doesNotMatch(again.stderr, /Training|Finding faces|converting/);

    const [one, two] = ['001.jpg', '002.jpg'].map((name) => path.join(photos, 'person-001', name));
    const compared = await runCli(['compare', path.join(out, 'runs', 'arcface'), one ?? '', two ?? '']);
    assert.equal(compared.code, 0, compared.stderr);
    assert.equal(typeof compared.json['same'], 'boolean');
    const evaluated = await runCli(['evaluate', path.join(out, 'runs', 'arcface', 'model', 'last'), '--dataset', path.join(out, 'datasets', 'photos')]);
    assert.equal(evaluated.code, 0, evaluated.stderr);
    assert.ok(Math.abs((evaluated.json['auc'] as number) - arcface.result.verification.auc) < 1e-6, 'evaluate agrees with the training');
  });

  test('Ctrl+C ends it while the virtual board gets its model, and the model stays as it was', async (context) => {
    const out = path.join(folder, 'out');
    const models = path.join(out, 'runs', 'arcface', 'model', 'best');
    if (!existsSync(path.join(models, 'k210.kmodel'))) return context.skip('no journey could be made here');
    const files = await readdir(models);
    const child = startCli(['journey', '--photos', path.join(folder, 'photos'), '--out', out, '--epochs', '1', '--hold-out', '2']);
    const ended = once(child, 'close') as Promise<[number | null]>;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (!said.includes('Sending') && (said += chunk.toString()).includes('Sending')) child.kill('SIGINT');
    });
    assert.deepEqual([(await ended)[0], said.includes('Sending')], [130, true], said);
    assert.deepEqual(await readdir(models), files);
  });

  test('a folder without photos, with one person, or without faces is one sentence, and nothing is left', async (context) => {
    const empty = path.join(folder, 'empty');
    await mkdir(empty);
    const alone = path.join(folder, 'alone');
    await plainPicture(path.join(alone, 'anna', '1.jpg'));
    const faceless = path.join(folder, 'faceless');
    await plainPicture(path.join(faceless, 'anna', '1.jpg'));
    await plainPicture(path.join(faceless, 'ben', '1.jpg'));
    const cases: readonly [string, RegExp, boolean][] = [
      [path.join(folder, 'missing'), /missing/, false],
      [empty, /empty/, false],
      [alone, /alone/, false],
      [faceless, /face/, true],
    ];
    for (const [photos, expected, needsEngine] of cases) {
      if (needsEngine && engineMissing) {
        context.diagnostic(`without ${photos}: ${engineMissing}`);
        continue;
      }
      const out = path.join(folder, 'out-bad', 'dataset');
      const result = await runCli(['dataset', 'prepare', photos, '--out', out]);
      assert.equal(result.code, 1, photos);
      assert.match(sentence(result), expected);
      assert.ok(!existsSync(out));
      assert.deepEqual(await readdir(path.dirname(out)).catch(() => []), []);
    }
  });

  test('an unreadable picture is reported and the others are used', async (context) => {
    if (engineMissing) return context.skip(engineMissing);
    const photos = path.join(folder, 'some-bad');
    assert.equal((await runCli(['sample', photos, '--identities', '3', '--photos', '2'])).code, 0);
    await writeFile(path.join(photos, 'person-001', 'broken.jpg'), 'not a picture');
    const result = await runCli(['dataset', 'prepare', photos, '--out', path.join(folder, 'some-bad-dataset'), '--hold-out', '0']);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.json['imagesWritten'], 6);
    assert.deepEqual(result.json['dropped'], { unreadable: 1 });
  });

  test('without an engine, training says how to get one and makes no run', async (context) => {
    const dataset = path.join(folder, 'some-bad-dataset');
    if (!existsSync(dataset)) return context.skip('no dataset could be made here');
    const env = { MOBILEFACENET_ENGINE_HOME: path.join(folder, 'no-engine'), TF_LIB_DIR: '' };
    const result = await runCli(['train', '--dataset', dataset, '--out', path.join(folder, 'no-run')], env);
    assert.equal(result.code, 1);
    assert.match(sentence(result), /TensorFlow is not installed .*engine install/);
    assert.ok(!existsSync(path.join(folder, 'no-run')));
  });
});
