import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createNetwork } from '../../src/network/mobilefacenet';
import { weightDefinitions } from '../../src/network/weight-definitions';
import { runLockSchema, type RunEvent } from '../../src/protocol/run';
import { readNewestCheckpoint } from '../../src/training/run/checkpoint';
import { readEvents } from '../support/event-file-reader';
import { runCli, startCli } from '../support/cli';
import { eventsOf, losses, recordOf, waitForEvents } from '../support/training-runs';

describe('training runs on the command line', () => {
  let folder = '';
  let dataset = '';
  let engineMissing = '';
  const run = (name: string): string => path.join(folder, 'runs', name);
  const small = ['--alpha', '0.25', '--batch', '8', '--epochs', '6', '--seed', '3'];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'training-run-'));
    dataset = path.join(folder, 'dataset');
    const engine = await runCli(['engine', 'status']);
    if ((engine.json['record'] as { kind?: string } | undefined)?.kind !== 'native') {
      engineMissing = 'TensorFlow is not installed here (run `npm start` or `mobilefacenet engine install`)';
      return;
    }
    assert.equal((await runCli(['sample', path.join(folder, 'photos'), '--identities', '6', '--photos', '8'])).code, 0);
    const prepared = await runCli(['dataset', 'prepare', path.join(folder, 'photos'), '--out', dataset, '--size', '64', '--hold-out', '2', '--seed', '1']);
    assert.equal(prepared.code, 0, prepared.stderr);
    const trained = await runCli(['train', '--dataset', dataset, '--out', run('undisturbed'), ...small]);
    assert.equal(trained.code, 0, trained.stderr);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const trainingTest = (name: string, body: () => Promise<void>): void => {
    test(name, async (context) => (engineMissing ? context.skip(engineMissing) : body()));
  };

  trainingTest('a run leaves events, checkpoints and models, and no lock', async () => {
    const events = await eventsOf(run('undisturbed'));
    assert.equal(events[0]?.kind, 'start');
    assert.equal(events.filter((event) => event.kind === 'step').length, 24);
    assert.ok(events.some((event) => event.kind === 'evaluation' && event.step === 0), 'the untrained network is verified');
    assert.ok(events.some((event) => event.kind === 'evaluation' && event.step === 24));
    assert.deepEqual(events.at(-1), { ...events.at(-1), kind: 'state', state: 'finished' });
    assert.deepEqual((await readdir(path.join(run('undisturbed'), 'checkpoints'))).sort(), ['16', '20', '24']);
    assert.ok(existsSync(path.join(run('undisturbed'), 'model/best/model.json')) && existsSync(path.join(run('undisturbed'), 'model/last/face.json')));
    assert.ok(!existsSync(path.join(run('undisturbed'), 'run.lock')));
  });

  trainingTest('the same seed gives the same order and the same losses', async () => {
    const again = await runCli(['train', '--dataset', dataset, '--out', run('again'), ...small]);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(losses(await eventsOf(run('again'))), losses(await eventsOf(run('undisturbed'))));
  });

  trainingTest('kill -9 and resume: the weights end bit-identical to those of an undisturbed run', async () => {
    const child = startCli(['train', '--dataset', dataset, '--out', run('killed'), ...small]);
    await waitForEvents(run('killed'), (events) => events.some((event) => event.kind === 'checkpoint') && events.at(-1)?.kind === 'step');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    const listed = await runCli(['runs', 'list', run('killed')]);
    assert.deepEqual((listed.json['runs'] as { state: string }[]).map(({ state }) => state), ['lost'], 'no job says any more that it runs');
    // What a kill in the middle of a write leaves behind.
    await appendFile(path.join(run('killed'), 'events.jsonl'), '{"kind":"step","st');
    const resumed = await runCli(['train', '--resume', run('killed')]);
    assert.equal(resumed.code, 0, resumed.stderr);
    const expected = await readNewestCheckpoint(run('undisturbed'));
    const actual = await readNewestCheckpoint(run('killed'));
    assert.equal(actual.state.step, expected.state.step);
    assert.equal(actual.state.position, expected.state.position);
    for (const [name, weight] of expected.values) assert.deepEqual(actual.values.get(name), weight, name);
    assert.deepEqual(losses(await eventsOf(run('killed'))), losses(await eventsOf(run('undisturbed'))));
  });

  trainingTest('with sampled identities, too, a killed and resumed run ends bit-identical, rows and moments of all', async () => {
    const sampled = ['--head', 'arcface', '--sample-rate', '0.5', '--alpha', '0.25', '--batch', '2', '--epochs', '2', '--seed', '3'];
    const whole = await runCli(['train', '--dataset', dataset, '--out', run('sampled'), ...sampled]);
    assert.equal(whole.code, 0, whole.stderr);
    const child = startCli(['train', '--dataset', dataset, '--out', run('sampled-killed'), ...sampled]);
    await waitForEvents(run('sampled-killed'), (events) => events.some((event) => event.kind === 'checkpoint') && events.at(-1)?.kind === 'step');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    const resumed = await runCli(['train', '--resume', run('sampled-killed')]);
    assert.equal(resumed.code, 0, resumed.stderr);
    const [expected, actual] = [await readNewestCheckpoint(run('sampled')), await readNewestCheckpoint(run('sampled-killed'))];
    assert.deepEqual(actual.state, expected.state);
    assert.ok(expected.values.has('head/kernel_rows') && expected.values.has('optimizer/head/kernel_rows/m'));
    assert.deepEqual([...actual.values.keys()].sort(), [...expected.values.keys()].sort());
    for (const [name, weight] of expected.values) assert.deepEqual(actual.values.get(name), weight, name);
  });

  trainingTest('validation images are measured after each epoch, a resumed run measures the same, and a fork keeps them', async () => {
    const validated = ['--validation-share', '0.25', '--batch', '5', ...small.filter((_, i) => i !== 2 && i !== 3)];
    const whole = await runCli(['train', '--dataset', dataset, '--out', run('validated'), ...validated]);
    assert.equal(whole.code, 0, whole.stderr);
    const validationsOf = (events: readonly RunEvent[]) => events.flatMap((event) => (event.kind === 'validation' ? [[event.step, event.epoch, event.loss, event.accuracy, event.images]] : []));
    const validations = validationsOf(await eventsOf(run('validated')));
    assert.deepEqual(validations.map(([, epoch, , , images]) => [epoch, images]), [1, 2, 3, 4, 5, 6].map((epoch) => [epoch, 8]));
    assert.equal(new Set(validations.map(([, , loss]) => loss)).size, 6, 'every epoch is measured anew');
    const record = await recordOf(run('validated'));
    assert.deepEqual([record.images, record.validationImages, record.result?.validation?.loss], [24, 8, validations.at(-1)?.[2]]);

    const child = startCli(['train', '--dataset', dataset, '--out', run('validated-killed'), ...validated]);
    await waitForEvents(run('validated-killed'), (events) => events.filter((event) => event.kind === 'validation').length === 2 && events.at(-1)?.kind === 'step');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    assert.equal((await runCli(['train', '--resume', run('validated-killed')])).code, 0);
    const after = new Map(validationsOf(await eventsOf(run('validated-killed'))).map((validation) => [validation[0], validation]));
    assert.deepEqual([...after.values()], validations);
    const [expected, actual] = [await readNewestCheckpoint(run('validated')), await readNewestCheckpoint(run('validated-killed'))];
    assert.deepEqual(actual.state, expected.state);
    for (const [name, weight] of expected.values) assert.deepEqual(actual.values.get(name), weight, name);

    const forked = await runCli(['train', '--from', run('validated'), '--head', 'arcface', '--out', run('validated-fork'), '--epochs', '1', '--seed', '77']);
    assert.equal(forked.code, 0, forked.stderr);
    assert.equal((await recordOf(run('validated-fork'))).validationImages, 8);
    const recipe = (await recordOf(run('validated-fork'))).recipe as { validationSeed: number; seed: number };
    assert.deepEqual([recipe.validationSeed, recipe.seed], [3, 77]);
    const shown = (await runCli(['runs', 'show', run('validated')])).json['lastValidation'] as { loss: number };
    assert.equal(shown.loss, validations.at(-1)?.[2]);
  });

  trainingTest('a fork may start from the best model, and from the newest by name', async () => {
    const best = JSON.parse(await readFile(path.join(run('undisturbed'), 'model/best/face.json'), 'utf8')) as { trained: { step: number } };
    for (const [point, step] of [['best', best.trained.step], ['last', 24]] as const) {
      const forked = await runCli(['train', '--from', `${run('undisturbed')}@${point}`, '--head', 'cosface', '--out', run(`from-${point}`), '--epochs', '1']);
      assert.equal(forked.code, 0, forked.stderr);
      const record = JSON.parse(await readFile(path.join(run(`from-${point}`), 'run.json'), 'utf8')) as { parent: { step: number }; initialVerification: { auc: number } };
      assert.equal(record.parent.step, step);
      const evaluation = (await eventsOf(run('undisturbed'))).findLast((event) => event.kind === 'evaluation' && event.step === step);
      assert.ok(evaluation?.kind === 'evaluation' && Math.abs(record.initialVerification.auc - evaluation.summary.auc) < 1e-6);
    }
    const copy = run('never-verified');
    await cp(run('undisturbed'), copy, { recursive: true });
    await rm(path.join(copy, 'model/best'), { recursive: true });
    assert.match((await runCli(['train', '--from', `${copy}@best`, '--out', run('nothing')])).stderr, /never-verified has no best model: it was not verified on held-out people/);
  });

  trainingTest('a network with another activation is trained, and what cannot be resumed or taken over from it is named', async () => {
    const trained = await runCli(['train', '--dataset', dataset, '--out', run('prelu'), '--activation', 'prelu', '--dropout', '0', '--embedding-length', '40', ...small, '--epochs', '1']);
    assert.equal(trained.code, 0, trained.stderr);
    const forked = await runCli(['train', '--from', run('prelu'), '--activation', 'relu', '--out', run('nothing')]);
    assert.match(forked.stderr, /prelu has another network than this run: weight conv_1_prelu\/alpha and 30 more of its weights would have no place here/);
    assert.ok(!existsSync(run('nothing')));
    const record = path.join(run('prelu'), 'run.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace('"activation": "prelu"', '"activation": "relu"').replace('"state": "finished"', '"state": "stopped"'));
    assert.match((await runCli(['train', '--resume', run('prelu')])).stderr, /checkpoint of prelu does not fit its recipe: the recipe has no weight /);
  });

  trainingTest('a damaged newest checkpoint is passed over', async () => {
    const copy = run('damaged');
    await cp(run('undisturbed'), copy, { recursive: true });
    await truncate(path.join(copy, 'checkpoints/24/state.safetensors'), 1000);
    const resumed = await runCli(['train', '--resume', copy]);
    assert.equal(resumed.code, 0, resumed.stderr);
    const [expected, actual] = [await readNewestCheckpoint(run('undisturbed')), await readNewestCheckpoint(copy)];
    for (const [name, weight] of expected.values) assert.deepEqual(actual.values.get(name), weight, name);
  });

  trainingTest('a run that samples groups or people in balance resumes exactly', async () => {
    const samplings = [['--sampling', 'class-balanced'], ['--sampling', 'pk', '--people', '2', '--photos-per-person', '4']];
    for (const [i, sampling] of samplings.entries()) {
      const whole = run(`sampled-${i}`);
      const trained = await runCli(['train', '--dataset', dataset, '--out', whole, ...small, '--epochs', '2', ...sampling]);
      assert.equal(trained.code, 0, trained.stderr);
      const copy = run(`sampled-${i}-resumed`);
      await cp(whole, copy, { recursive: true });
      const expected = await readNewestCheckpoint(whole);
      // As a kill before the last checkpoint leaves the run.
      const record = path.join(copy, 'run.json');
      await writeFile(record, (await readFile(record, 'utf8')).replace('"state": "finished"', '"state": "running"'));
      await truncate(path.join(copy, `checkpoints/${expected.state.step}/state.safetensors`), 1000);
      const resumed = await runCli(['train', '--resume', copy]);
      assert.equal(resumed.code, 0, resumed.stderr);
      const actual = await readNewestCheckpoint(copy);
      assert.equal(actual.state.step, expected.state.step);
      for (const [name, weight] of expected.values) assert.deepEqual(actual.values.get(name), weight, name);
    }
  });

  trainingTest('resume with ArcFace is a new run that records its parent and continues its axis', async () => {
    const forked = await runCli(['train', '--from', run('undisturbed'), '--head', 'arcface', '--out', run('arcface'), '--epochs', '2']);
    assert.equal(forked.code, 0, forked.stderr);
    const record = JSON.parse(await readFile(path.join(run('arcface'), 'run.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(record['parent'], { run: path.join('..', 'undisturbed'), name: 'undisturbed', step: 24, head: 'softmax' });
    assert.equal(record['firstStep'], 24);
    const events = await eventsOf(run('arcface'));
    assert.equal(events.find((event) => event.kind === 'step')?.step, 25);
    // The parent's network is what the fork starts from: same verification before its first step.
    const start = events.find((event) => event.kind === 'evaluation');
    const parentEnd = (await eventsOf(run('undisturbed'))).findLast((event) => event.kind === 'evaluation');
    assert.ok(start?.kind === 'evaluation' && parentEnd?.kind === 'evaluation');
    assert.ok(Math.abs(start.summary.auc - parentEnd.summary.auc) < 1e-6);
  });

  trainingTest('a fork from a step under the same head keeps the known identities, and its optimizer begins anew', async () => {
    const forked = await runCli(['train', '--from', `${run('undisturbed')}@20`, '--head', 'softmax', '--out', run('longer'), '--epochs', '1']);
    assert.equal(forked.code, 0, forked.stderr);
    assert.deepEqual(forked.json['takenOver'], { networkWeights: weightDefinitions(createNetwork('k210-s')).length, identitiesKept: 4, identitiesNew: 0 });
    const record = JSON.parse(await readFile(path.join(run('longer'), 'run.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(record['firstStep'], 20);
    assert.deepEqual((await readFile(path.join(run('longer'), 'identities.txt'), 'utf8')).split('\n').length, 5);
    const missing = await runCli(['train', '--from', `${run('undisturbed')}@21`, '--out', run('nothing')]);
    assert.match(missing.stderr, /has no checkpoint of step 21\. Choose one of 16, 20, 24/);
    assert.ok(!existsSync(run('nothing')));
    const wider = await runCli(['train', '--from', run('undisturbed'), '--out', run('nothing'), '--alpha', '0.5']);
    assert.match(wider.stderr, /weight conv_1\/kernel is \[3, 3, 3, 16\] there and \[3, 3, 3, 32\] here/);
    assert.ok(!existsSync(run('nothing')));
  });

  trainingTest('runs are listed as a family, and compared by what differs', async () => {
    const listed = await runCli(['runs', 'list', folder]);
    const names = (listed.json['runs'] as { name: string }[]).map(({ name }) => name);
    assert.equal(names[0], 'undisturbed');
    assert.ok(names.includes('arcface') && names.includes('killed'));
    const compared = await runCli(['runs', 'compare', run('undisturbed'), run('arcface')]);
    const differing = compared.json['differing'] as string[];
    assert.ok(differing.includes('head') && differing.includes('recipe.epochs'));
    assert.ok(!differing.includes('network') && !differing.includes('recipe.seed'));
    const none = await runCli(['runs', 'list', path.join(folder, 'nowhere')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /nowhere cannot be listed/);
  });

  trainingTest('a healthy run shows its figures and no trouble, and has told TensorBoard every step and its graph once', async () => {
    const shown = await runCli(['runs', 'show', run('undisturbed')]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(shown.json['step'], 24);
    const kinds = (shown.json['findings'] as { kind: string }[]).map(({ kind }) => kind);
    assert.deepEqual(kinds.filter((kind) => !['ready-for-arcface', 'plateau', 'data-bound'].includes(kind)), []);
    const names = (await readdir(run('undisturbed'))).filter((name) => name.startsWith('events.out.tfevents.'));
    assert.equal(names.length, 1);
    const told = readEvents(await readFile(path.join(run('undisturbed'), names[0] ?? '')));
    assert.deepEqual(told.filter(({ scalars }) => 'loss' in scalars).map(({ step }) => step), Array.from({ length: 24 }, (_, index) => index + 1));
    assert.equal(told.filter(({ graph }) => graph).length, 1);
    const resumed = (await readdir(run('killed'))).filter((name) => name.startsWith('events.out.tfevents.'));
    assert.equal(resumed.length, 2, 'a resume has its own file');
  });

  trainingTest('two jobs cannot train the same run, and one sentence says so', async () => {
    const child = startCli(['train', '--dataset', dataset, '--out', run('held'), ...small, '--epochs', '500']);
    try {
      await waitForEvents(run('held'), (events) => events.some((event) => event.kind === 'checkpoint'));
      const lock = runLockSchema.parse(JSON.parse(await readFile(path.join(run('held'), 'run.lock'), 'utf8')));
      assert.equal(lock.pid, child.pid);
      const second = await runCli(['train', '--resume', run('held')]);
      assert.equal(second.code, 1);
      assert.match(second.stderr, /Another job is training .*held \(process \d+\)\./);
    } finally {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.on('close', resolve));
    }
    const events = await eventsOf(run('held'));
    assert.equal(events.at(-1)?.kind === 'state' && events.at(-1), events.at(-1));
    assert.ok(events.some((event) => event.kind === 'state' && event.state === 'stopped'), 'a stop by signal ends in a checkpoint');
    assert.equal(child.exitCode, 130);
  });

  trainingTest('wrong usage has its own exit code', async () => {
    for (const wrong of [['--network', 'resnet'], ['--epochs', 'many'], ['--alpha', '7'], ['--activation', 'gelu'], ['--colour', 'red']]) {
      const result = await runCli(['train', '--dataset', dataset, '--out', run('x'), ...wrong]);
      assert.equal(result.code, 2, wrong.join(' '));
      assert.match(result.stderr, new RegExp(wrong[0] ?? ''));
    }
  });

  trainingTest('wrong input is answered by one sentence that names it', async () => {
    const cases: readonly [readonly string[], RegExp][] = [
      [['train', '--dataset', path.join(folder, 'nothing'), '--out', run('x')], /nothing is not a dataset/],
      [['train', '--dataset', dataset, '--out', run('x'), '--sampling', 'pk', '--people', '40'], /needs 40 people with at least 2 images, but there are 4/],
      [['train', '--dataset', dataset, '--out', run('x'), '--sampling', 'pk', '--people', '2', '--batch', '10'], /batch is 10, which is not made of groups of 2 people x 4 photos/],
      [['train', '--dataset', dataset, '--out', run('x'), '--people', '4'], /belong to the sampling "pk"/],
      [['train', '--dataset', dataset], /No folder for the new run/],
      [['train', '--dataset', dataset, '--out', run('undisturbed')], /already holds a run/],
      [['train', '--resume', run('undisturbed')], /already finished/],
      [['train', '--resume', folder], /is no run/],
      [['train', '--from', run('undisturbed'), '--network', 'paper', '--out', run('x')], /another network/],
    ];
    for (const [args, expected] of cases) {
      const result = await runCli(args);
      assert.equal(result.code, 1, args.join(' '));
      assert.match(result.stderr.trim(), expected);
      assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr);
      assert.ok(!existsSync(run('x')), `${args.join(' ')} left a folder`);
    }
  });
});
