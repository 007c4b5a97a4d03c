import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePorts } from '../../src/training/cluster/launch/local-cluster';

/** A Redis server of a test, on a free port of this machine. */
export interface RedisServer {
  readonly port: number;
  keys(): Promise<string[]>;
  /** Ends it; what it held is lost. */
  stop(): Promise<void>;
}

const startLimitMs = 120_000;

/** Starts a Redis (or Valkey) server that keeps nothing on the disk. */
export async function startRedisServer(program: string, folder: string, password: string): Promise<RedisServer> {
  await mkdir(folder, { recursive: true });
  const [port = 0] = await freePorts(1);
  const logFile = path.join(folder, 'log');
  const child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', '--requirepass', password, '--logfile', logFile], { stdio: 'ignore' });
  const client = new Redis({ port, password, maxRetriesPerRequest: null, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  const isUp = await Promise.race([client.ping().then(() => true), sleep(startLimitMs, false, { ref: false }), goneOf(child).then(() => false)]);
  if (!isUp) {
    client.disconnect();
    child.kill('SIGKILL');
    throw new Error(`${program} did not start: ${await readFile(logFile, 'utf8').catch(() => '')}`);
  }
  return {
    port,
    keys: () => client.keys('*'),
    async stop() {
      client.disconnect();
      child.kill('SIGKILL');
      await goneOf(child);
    },
  };
}

function goneOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
