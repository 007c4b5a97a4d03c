import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { bundlePath } from '../../src/base/product';
import { cropMakerName } from '../../src/dataset/remote/crop-maker';
import { keyPrefix, queueNameOf } from '../../src/dataset/remote/queue-names';
import { runCli, startCli, type CliResult } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';
import { startRedisServer, type RedisServer } from '../support/redis-server';

const redisServer = process.env['MOBILEFACENET_REDIS_SERVER'];
const isBuilt = existsSync(bundlePath('cli.js'));
const skip = !isBuilt ? 'dist/cli.js is not built (npm run build)' : redisServer === undefined && 'no redis-server is named (npm test -- integration finds or installs one)';
const password = 'p@ss/word';
const workers = 4;
const killEveryMs = 500;

let folder = '';
let server: RedisServer;
let photos = '';
const started = new Set<ChildProcess>();

/** Everything in a dataset but when and how fast it was made. */
async function contentOf(dataset: string): Promise<Record<string, string>> {
  const names = (await readdir(dataset)).sort();
  const timing = /"(createdAt|seconds|photosPerSecond)": [^\n]*/gu;
  return Object.fromEntries(await Promise.all(names.map(async (name) => {
    const bytes = await readFile(path.join(dataset, name));
    return [name, name.endsWith('.json') ? bytes.toString().replace(timing, '"$1"') : bytes.toString('base64')];
  })));
}

const redisUrl = (secret = password): string => `redis://:${encodeURIComponent(secret)}@127.0.0.1:${server.port}`;
const prepareArguments = (out: string): string[] => ['dataset', 'prepare', photos, '--out', path.join(folder, out)];

function startWorker(env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = startCli(['worker', '--redis', redisUrl(), '--workers', '1'], env);
  child.stdout?.resume();
  child.stderr?.resume();
  started.add(child);
  child.once('close', () => started.delete(child));
  return child;
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise((resolve) => child.once('close', resolve));
}

/** Starts a preparation and gathers what it says. */
function startPreparation(out: string, env: NodeJS.ProcessEnv = {}): { readonly child: ChildProcess; readonly said: () => string } {
  const child = startCli([...prepareArguments(out), '--redis', redisUrl()], env);
  started.add(child);
  child.once('close', () => started.delete(child));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const limitMs = performance.now() + 300_000; !(await isTrue()); await sleep(50)) assert.ok(performance.now() < limitMs, what);
}

/** What the product has left at the server; workers that run look every few seconds for what is stuck, and note that. */
async function keysLeft(): Promise<string[]> {
  return (await server.keys()).filter((key) => !/:(meta|stalled-check)$/u.test(key));
}

before(async () => {
  if (redisServer === undefined || !isBuilt) return;
  folder = await mkdtemp(path.join(tmpdir(), 'redis-'));
  server = await startRedisServer(redisServer, path.join(folder, 'server'), password);
  photos = path.join(folder, 'photos');
  await makeDrawnPhotos(photos, [60, 60, 60, 50, 50, 50, 50]);
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A worker that a failing test has left would take the batches of the next. */
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
});

describe('a preparation by workers at a Redis server', { skip }, () => {
  it('gives the bytes of a preparation on one machine while workers are killed one after the other', async () => {
    const single = await runCli(prepareArguments('single'));
    assert.equal(single.code, 0, single.stderr);
    const pool = new Set<ChildProcess>();
    let kills = 0;
    let nextKillMs = 0;
    // Only a worker that has done a batch, and is at the next: on a machine so busy that they start slowly, all would die before their first.
    const addWorker = (): void => {
      const child = startWorker();
      pool.add(child);
      child.stderr?.on('data', (chunk: Buffer) => {
        if (!chunk.includes('Photos for the queue') || !pool.has(child) || performance.now() < nextKillMs) return;
        child.kill('SIGKILL');
        pool.delete(child);
        kills++;
        nextKillMs = performance.now() + killEveryMs;
        addWorker();
      });
    };
    for (let i = 0; i < workers; i++) addWorker();
    const running = startPreparation('by-workers');
    try {
      assert.equal(await ended(running.child), 0, running.said());
    } finally {
      nextKillMs = Infinity;
      for (const child of pool) child.kill('SIGKILL');
      await Promise.all([...pool].map(ended));
    }
    assert.ok(kills > 0, 'a worker was killed');
    assert.deepEqual(await contentOf(path.join(folder, 'by-workers')), await contentOf(path.join(folder, 'single')));
    assert.deepEqual(await keysLeft(), []);
    assert.ok(!running.said().includes(encodeURIComponent(password)) && !running.said().includes(password));
  });

  it('says that no worker is there; cancelled, it leaves nothing at the server and on the disk', async () => {
    const running = startPreparation('cancelled');
    await until('it says that no worker is there', () => running.said().includes('No worker is connected to the queue. Start `mobilefacenet worker'));
    assert.ok((await server.keys()).length > 0);
    running.child.kill('SIGINT');
    assert.equal(await ended(running.child), 130, running.said());
    assert.deepEqual(await server.keys(), []);
    assert.deepEqual((await readdir(folder)).filter((name) => name.includes('cancelled')), []);
  });

  it('cancelled while workers are at it, it leaves nothing at the server, and goes on afterwards', async () => {
    const worker = startWorker();
    const running = startPreparation('continued');
    const work = path.join(folder, '.continued.preparing');
    await until('crops arrive', async () => (await readFile(path.join(work, 'crops.journal')).catch(() => '')).length > 3000);
    running.child.kill('SIGINT');
    assert.equal(await ended(running.child), 130, running.said());
    assert.match(running.said(), /photos are done and kept: the same command continues/);
    assert.deepEqual(await keysLeft(), []);
    assert.deepEqual((await readdir(work)).filter((name) => name.includes('remote')), []);
    const continued = await runCli([...prepareArguments('continued'), '--redis', redisUrl()]);
    assert.equal(continued.code, 0, continued.stderr);
    assert.ok(Number(continued.json['resumedPhotos']) > 0);
    worker.kill('SIGINT');
    assert.equal(await ended(worker), 0);
    assert.deepEqual(await server.keys(), []);
  });

  it('names the photos of a batch that fails with every attempt', async () => {
    const running = startPreparation('failing');
    let attempts = 0;
    const worker = new Worker(queueNameOf(await cropMakerName(process.env)), (job) => {
      if (!JSON.stringify(job.data).includes('person-006/0049')) return new Promise(() => undefined);
      attempts++;
      throw new Error('out of luck');
    }, { connection: { port: server.port, password }, prefix: keyPrefix, concurrency: 100 });
    try {
      assert.equal(await ended(running.child), 1, running.said());
    } finally {
      await worker.close(true);
    }
    assert.equal(attempts, 3);
    assert.match(running.said(), /These photos failed with every worker that tried them: [^\n]*person-006\/0048\.png, [^\n]*person-006\/0049\.png \(out of luck\)/);
    assert.deepEqual(await keysLeft(), []);
  });

  it('leaves its photos to workers of its own kind', async () => {
    const worker = startWorker({ MOBILEFACENET_ENGINE: 'wasm' });
    const running = startPreparation('of-another-kind', { MOBILEFACENET_ENGINE: 'native', MOBILEFACENET_ENGINE_HOME: path.join(folder, 'no-engine') });
    await until('it names the worker', () => /No worker fits: the one on \S+ is version \S+ on .* with the WebAssembly engine, this is version \S+ on .* without an engine/u.test(running.said()));
    running.child.kill('SIGINT');
    worker.kill('SIGINT');
    assert.deepEqual(await Promise.all([ended(running.child), ended(worker)]), [130, 0]);
  });

  it('and a worker say in one sentence why a server cannot be used', async () => {
    const cases: [string, RegExp][] = [
      [redisUrl('wrong'), /Redis at 127\.0\.0\.1:\d+ refuses the name or the password\./],
      [`redis://127.0.0.1:${server.port}`, /Redis at 127\.0\.0\.1:\d+ wants a password\./],
      ['redis://127.0.0.1:1', /Nothing listens at 127\.0\.0\.1:1\./],
    ];
    const say = async ([url, pattern]: [string, RegExp], i: number): Promise<void> => {
      const results: CliResult[] = await Promise.all([runCli(['worker', '--redis', url]), runCli([...prepareArguments(`refused-${i}`), '--redis', url])]);
      for (const { code, stderr } of results) {
        assert.equal(code, 1);
        assert.match(stderr, pattern);
        assert.ok(!stderr.includes('wrong'), stderr);
      }
    };
    await Promise.all(cases.map(say));
    assert.deepEqual((await readdir(folder)).filter((name) => name.includes('refused')), []);
  });
});
