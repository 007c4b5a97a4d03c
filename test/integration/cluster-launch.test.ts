import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clusterFileSchema } from '../../src/training/cluster/launch/cluster-file';
import { trainOnCluster } from '../../src/training/cluster/launch/cluster-launcher';
import { attemptTraining, type AttemptEnd } from '../../src/training/cluster/launch/launch-attempt';
import type { RankReport } from '../../src/training/cluster/launch/rank-messages';
import { testRecord } from '../support/run-samples';

/** What a rank reports, and what it does between: milliseconds to wait, a signal that ends it, a file that it leaves, or one that it waits for. */
type Script = readonly (RankReport | number | NodeJS.Signals | { readonly leaves: string } | { readonly awaits: string })[];

/** Stands in for ssh: the "host" is the script of a rank, in hexadecimal. */
const ssh = `#!${process.execPath}
const { existsSync, writeFileSync } = require('node:fs');
const host = process.argv[process.argv.indexOf('--') + 1];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
(async () => {
  for (const step of JSON.parse(Buffer.from(host, 'hex').toString())) {
    if (typeof step === 'number') await sleep(step);
    else if (step.leaves) writeFileSync(step.leaves, '');
    else if (step.awaits) while (!existsSync(step.awaits)) await sleep(10);
    else if (typeof step === 'string') process.kill(process.pid, step);
    else await new Promise((resolve) => process.stdout.write(JSON.stringify(step) + '\\n', resolve));
  }
  process.exit();
})();
`;

describe('the launcher of ranks', { skip: process.platform === 'win32' ? 'programs are scripts here' : false, timeout: 300_000 }, () => {
  let folder = '';
  const pathBefore = process.env['PATH'];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cluster-launch-'));
    await writeFile(path.join(folder, 'ssh'), ssh);
    await chmod(path.join(folder, 'ssh'), 0o755);
    process.env['PATH'] = `${folder}${path.delimiter}${pathBefore ?? ''}`;
  });
  after(async () => {
    process.env['PATH'] = pathBefore;
    await rm(folder, { recursive: true, force: true });
  });

  /** @param first number of the rank that the first script is; launchers elsewhere start those before it */
  function attempt(scripts: readonly Script[], first = 0): Promise<AttemptEnd> {
    const addresses = Array.from({ length: first + scripts.length }, (_, rank) => `10.0.0.${rank + 1}:7000`);
    return attemptTraining({
      ranks: scripts.map((script, place) => ({
        place: { ssh: Buffer.from(JSON.stringify(script)).toString('hex') },
        assignment: {
          toolVersion: '0', rank: first + place, addresses, allowPublicAddresses: false, timeoutSeconds: 60, startTimeoutSeconds: 60, checkEverySteps: 100, recordsOrder: false,
          job: { kind: 'follow', dataset: '/dataset' },
        },
      })),
      progress: { report: () => undefined }, notice: () => undefined, signal: new AbortController().signal,
    });
  }

  test('waits for rank 0 when the others are done long before it', async () => {
    const end = await attempt([[{ kind: 'ready' }, 6000, { kind: 'done', result: { state: 'finished' }, text: 'Done.' }], [{ kind: 'ready' }, { kind: 'done' }]]);
    assert.deepEqual(end, { kind: 'done', result: { state: 'finished' }, text: 'Done.' });
  });

  test('ends all when one ends without having done its part, and says which', async () => {
    const file = (name: string): string => path.join(folder, name);
    const end = await attempt([
      [{ kind: 'ready' }, { leaves: file('0-is-ready') }, 60_000],
      [{ kind: 'ready' }, { awaits: file('0-is-ready') }, { awaits: file('2-is-ready') }, { leaves: file('1-dies') }, 'SIGKILL'],
      [{ kind: 'ready' }, { leaves: file('2-is-ready') }, { awaits: file('1-dies') }, 500, { kind: 'lost', message: 'a rank is gone' }, 60_000],
    ]);
    assert.deepEqual(end, { kind: 'lost', culprits: [1], why: 'rank 1 ended by SIGKILL', hadMet: true });
  });

  test('that starts only one of them calls it by its number', async () => {
    assert.deepEqual(await attempt([[{ kind: 'ready' }, 'SIGKILL']], 2), { kind: 'lost', culprits: [0], why: 'rank 2 ended by SIGKILL', hadMet: true });
  });

  describe('of a run that was finished', () => {
    const wrote = { kind: 'notice', sentence: 'The run is written.' } as const;
    /** Rank 0 finishes the run and is killed before it can tell; that happens once. */
    async function train(run: string, onlyRank?: number): Promise<{ state: unknown; step: unknown; recoveries: unknown; text: string; notices: string[] }> {
      const [first, second] = [[{ kind: 'ready' }, wrote, 500, 'SIGKILL'], [{ kind: 'ready' }, 60_000]].map((script) => Buffer.from(JSON.stringify(script)).toString('hex'));
      const notices: string[] = [];
      const { result: { state, step, recoveries }, text } = await trainOnCluster({
        cluster: clusterFileSchema.parse({ ranks: [{ address: '10.0.0.1:7000', ssh: first }, { address: '10.0.0.2:7000', ssh: second }] }),
        job: { kind: 'new', dataset: '/dataset', out: run, recipe: {}, recipeSource: '' }, folder: run, batch: 16, recordsOrder: false, onlyRank,
      }, {
        progress: { report: () => undefined }, signal: new AbortController().signal, verbose: false,
        notice: (sentence) => {
          notices.push(sentence);
          if (sentence.endsWith(wrote.sentence)) writeFinishedRun(run);
        },
      });
      return { state, step, recoveries, text, notices };
    }
    function writeFinishedRun(run: string): void {
      mkdirSync(path.join(run, 'checkpoints', '90'), { recursive: true });
      writeFileSync(path.join(run, 'run.json'), JSON.stringify(testRecord({ state: 'finished', ending: { rule: 'early-stopping', message: 'No gain of auc over 3 epochs.' } })));
    }

    test('and lost thereafter, says so and starts nothing', async () => {
      const run = path.join(folder, 'late');
      const { notices, ...end } = await train(run);
      assert.deepEqual(end, {
        state: 'finished', step: 90, recoveries: 0, text: `${run}: finished at step 90. No gain of auc over 3 epochs.\nTrained by 2 ranks.`,
      });
      assert.deepEqual(notices, [`Rank 0: ${wrote.sentence}`, 'The cluster was lost: rank 0 ended by SIGKILL. The run is finished.']);
    });

    test('before one that starts only one rank was started again, says so and starts nothing', async () => {
      const run = path.join(folder, 'again');
      writeFinishedRun(run);
      const { state, notices } = await train(run, 1);
      assert.deepEqual([state, notices], ['finished', []]);
    });
  });
});
