import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bundlePath } from '../../src/base/product';
import { freePorts } from '../../src/training/cluster/launch/local-cluster';
import { rankCommandName } from '../../src/training/cluster/launch/rank-messages';
import { runCli, startCli } from '../support/cli';
import { waitUntilGone } from '../support/cluster-runs';
import { startSshServer, type SshServer } from '../support/ssh-server';
import { engineMissing, recordOf, waitForEvents } from '../support/training-runs';

const limitMs = 240_000;
const program = process.env['MOBILEFACENET_SSHD'];

/** Processes of ranks that a certain command started. */
function ranksWith(mark: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes(rankCommandName) && words.includes(mark);
    } catch {
      return false;
    }
  });
}

describe('ranks that ssh starts', { timeout: 2 * limitMs }, () => {
  let folder = '';
  let missing: string | undefined;
  let server: SshServer | undefined;
  let file = '';
  const mark = `--conditions=cluster-ssh-${process.pid}`;
  const run = (name: string): string => path.join(folder, name);
  const train = (out: string): string[] => [
    'train', '--dataset', run('data'), '--out', run(out), '--alpha', '0.25', '--embedding-length', '16', '--batch', '12', '--epochs', '8', '--seed', '3', '--cluster', file,
  ];

  before(async () => {
    missing = program === undefined ? 'No ssh server is known (MOBILEFACENET_SSHD)' : await engineMissing();
    if (missing !== undefined || program === undefined) return;
    folder = await mkdtemp(path.join(tmpdir(), 'cluster-ssh-'));
    server = await startSshServer(program, run('ssh'));
    await mkdir(run('it\'s here'));
    const [first = 0, second = 0] = await freePorts(2);
    file = run('cluster.json');
    const { target, options } = server;
    await writeFile(file, JSON.stringify({
      ranks: [
        { address: `127.0.0.1:${first}`, threads: 1 },
        { address: `127.0.0.1:${second}`, threads: 1, ssh: target, sshOptions: options, command: `${process.execPath} ${mark} ${bundlePath('cli.js')}`, workingFolder: run('it\'s here') },
      ],
      timeoutSeconds: 20,
    }));
    assert.equal((await runCli(['sample', run('photos'), '--identities', '6', '--photos', '13'])).code, 0);
    const prepared = await runCli(['dataset', 'prepare', run('photos'), '--out', run('data'), '--size', '64']);
    assert.equal(prepared.code, 0, prepared.stderr);
  });
  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('they train with those of the launcher\'s machine, and a lost one is started again', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const launcher = startCli(train('remote'));
    let [stdout, stderr] = ['', ''];
    launcher.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
    launcher.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
    const closed = new Promise<number | null>((resolve) => launcher.on('close', resolve));
    await waitForEvents(run('remote'), (events) => events.some((event) => event.kind === 'step' && event.step >= 8));
    const [pid] = ranksWith(mark);
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    assert.equal(await closed, 0, stderr);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    assert.deepEqual([result['ranks'], result['recoveries'], result['state']], [2, 1, 'finished']);
    assert.equal((await recordOf(run('remote'))).state, 'finished');
  });

  test('they end when their launcher is gone', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const launcher = startCli(train('left'));
    await waitForEvents(run('left'), (events) => events.some((event) => event.kind === 'step'));
    const [pid] = ranksWith(mark);
    assert.ok(pid !== undefined);
    launcher.kill('SIGKILL');
    await waitUntilGone([pid]);
  });
});
