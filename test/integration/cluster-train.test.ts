import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isProcessAlive } from '../../src/base/process-alive';
import { freePorts } from '../../src/training/cluster/launch/local-cluster';
import { runCli, startCli } from '../support/cli';
import { assertExactEpochs, endOf, killRankOf, ranksOf, trainByFewerAndFewer, trainUndisturbed, waitUntilGone } from '../support/cluster-runs';
import { engineMissing, eventsOf, losses, recordOf, waitForEvents } from '../support/training-runs';

const limitMs = 240_000;
const epochs = 12;
const network = ['--alpha', '0.25', '--embedding-length', '16', '--batch', '12', '--epochs', String(epochs), '--seed', '3'];

describe('training by several ranks', { timeout: 4 * limitMs }, () => {
  let folder = '';
  let missing: string | undefined;
  let data = '';
  let recipe = '';
  let undisturbed = { name: '', sha256: '' };
  const run = (name: string): string => path.join(folder, name);
  const train = (out: string, ...args: string[]): string[] => ['train', '--dataset', data, '--out', run(out), '--recipe', recipe, ...network, ...args];

  /** A cluster file of two ranks on this machine. */
  async function clusterOfTwo(name: string, times: object): Promise<string> {
    const ports = await freePorts(2);
    await writeFile(run(name), JSON.stringify({ ranks: ports.map((port) => ({ address: `127.0.0.1:${port}`, threads: 1 })), ...times }));
    return run(name);
  }

  before(async () => {
    missing = process.platform === 'linux' ? await engineMissing() : 'several ranks need Linux';
    if (missing !== undefined) return;
    folder = await mkdtemp(path.join(tmpdir(), 'cluster-'));
    data = run('data');
    recipe = run('quick.recipe.json');
    await writeFile(recipe, JSON.stringify({ checkpointEverySteps: 3, evaluateEveryEpochs: 6, learningRate: { schedule: 'constant', initial: 0.01 } }));
    const sample = await runCli(['sample', run('photos'), '--identities', '6', '--photos', '13']);
    assert.equal(sample.code, 0, sample.stderr);
    const prepared = await runCli(['dataset', 'prepare', run('photos'), '--out', data, '--size', '64']);
    assert.equal(prepared.code, 0, prepared.stderr);
    undisturbed = await trainUndisturbed('undisturbed', 3, (out) => train(out, '--cluster', 'auto', '--ranks', '3', '--record-order'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('every image is seen exactly once an epoch, and events, checkpoints and models are those of a run', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await assertExactEpochs(run(undisturbed.name), epochs);
    const record = await recordOf(run(undisturbed.name));
    assert.deepEqual([record.state, record.ranks], ['finished', 3]);
    const events = await eventsOf(run(undisturbed.name));
    assert.equal(losses(events).size, record.lastStep);
    assert.ok(events.some((event) => event.kind === 'evaluation'));
    assert.equal((await runCli(['export', run(undisturbed.name), '--format', 'tfjs', '--out', run('model')])).code, 0);
  });

  for (const [name, victim] of [['the one that leads', 0], ['one that follows', 2]] as const) {
    test(`a rank that is killed (${name}) is started again, and the run ends with the same weights and the same data`, async (t) => {
      if (missing !== undefined) return t.skip(missing);
      const out = `killed-${victim}`;
      const { json, stderr, recoveryMs } = await killRankOf(train(out, '--cluster', 'auto', '--ranks', '3', '--record-order'), run(out), { victim, afterStep: 11 });
      t.diagnostic(`training again after ${recoveryMs.toFixed(0)} ms`);
      assert.match(stderr, new RegExp(`rank ${victim} ended by SIGKILL\\. Training goes on from the checkpoint of step \\d+ with 3 ranks`));
      assert.deepEqual([json['ranks'], json['recoveries']], [3, 1]);
      await assertExactEpochs(run(out), epochs);
      assert.equal(json['weightsSha256'], undisturbed.sha256);
    });
  }

  test('a rank that hangs is taken for lost after the time of the cluster file', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const file = await clusterOfTwo('cluster.json', { timeoutSeconds: 15 });
    const launcher = startCli(train('hung', '--cluster', file, '--record-order'));
    const end = endOf(launcher);
    await waitForEvents(run('hung'), (events) => events.some((event) => event.kind === 'step' && event.step >= 8));
    const pid = ranksOf(launcher)[1];
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGSTOP');
    const { code, json, stderr } = await end;
    assert.equal(code, 0, stderr);
    assert.equal(json['recoveries'], 1);
    assert.equal(isProcessAlive(pid), false);
    await assertExactEpochs(run('hung'), epochs);
  });

  test('a machine that cannot be reached is left out, and the run goes on with the ranks that are there', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const file = run('unreachable.json');
    const ports = await freePorts(3);
    const ranks = ports.map((port, rank) => ({ address: `127.0.0.1:${port}`, threads: 1, ...(rank === 1 ? { ssh: 'nobody@127.0.0.1', sshOptions: ['-p', '1'] } : {}) }));
    await writeFile(file, JSON.stringify({ ranks }));
    const { code, json, stderr } = await endOf(startCli(train('fewer', '--cluster', file, '--record-order')));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /rank 1 ended with .*Training goes on from the beginning with 2 ranks/);
    assert.equal(json['ranks'], 2);
    await assertExactEpochs(run('fewer'), epochs);
  });

  test('a run goes on with another number of ranks, and with none at all, on the same data', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await trainByFewerAndFewer(train('changed', '--cluster', 'auto', '--ranks', '3', '--record-order'), run('changed'));
  });

  test('ranks that are started one by one, as pods are, find each other again when one is lost', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const file = await clusterOfTwo('pods.json', { timeoutSeconds: 20, startTimeoutSeconds: 30 });
    const pods = [0, 1].map((rank) => startCli(train('pods', '--cluster', file, '--rank', String(rank), '--record-order')));
    const ends = Promise.all(pods.map(endOf));
    await waitForEvents(run('pods'), (events) => events.some((event) => event.kind === 'step' && event.step >= 8));
    const [pid] = pods.flatMap(ranksOf).slice(1);
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    for (const { code, json, stderr } of await ends) {
      assert.equal(code, 0, stderr);
      assert.equal(json['recoveries'], 1, stderr);
    }
    await assertExactEpochs(run('pods'), epochs);
  });

  test('a rank that is started alone, the first or another one, waits for the others and says when it has waited enough', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const alone = async (rank: number): Promise<void> => {
      const file = await clusterOfTwo(`alone-${rank}.json`, { timeoutSeconds: 5, startTimeoutSeconds: 5 });
      const { code, stderr } = await runCli(train(`alone-${rank}`, '--cluster', file, '--rank', String(rank)));
      assert.equal(code, 1);
      assert.match(stderr, /The other ranks are not there: .*\. They are waited for up to 10 s\./);
      assert.match(stderr, /The other ranks did not come within 10 s: .*\. See to it that all ranks are started/);
    };
    await Promise.all([0, 1].map(alone));
  });

  test('the ranks of a launcher that is killed end too', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const launcher = startCli(train('orphans', '--cluster', 'auto', '--ranks', '2'));
    await waitForEvents(run('orphans'), (events) => events.some((event) => event.kind === 'step'));
    const pids = ranksOf(launcher);
    assert.equal(pids.length, 2);
    launcher.kill('SIGKILL');
    await waitUntilGone(pids);
  });

  test('what is wrong with one rank is said in its words', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const many = await runCli(train('many', '--cluster', 'auto', '--ranks', '8'));
    assert.equal(many.code, 1);
    assert.match(many.stderr, /A batch of 12 is too small for 8 ranks/);
    const again = await runCli(train(undisturbed.name, '--cluster', 'auto', '--ranks', '2'));
    assert.match(again.stderr, /already holds a run/);
    assert.equal(again.code, 1);
    const other = run('foreign.json');
    const [port = 0] = await freePorts(1);
    await writeFile(other, JSON.stringify({ ranks: [{ address: `127.0.0.1:${port}` }, { address: '10.255.255.1:7000' }] }));
    const foreign = await runCli(train('foreign', '--cluster', other));
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /10\.255\.255\.1, the address of rank 1, is none of this machine's/);
  });
});
