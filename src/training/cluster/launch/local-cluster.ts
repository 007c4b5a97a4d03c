import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { clusterFileSchema, type ClusterFile } from './cluster-file';

/** Cores that a rank of this machine can use well; beyond it another rank is worth more than more threads. */
const coresPerRank = 4;

/** Ranks of `--cluster auto` that are not counted out. */
export function defaultRanks(cores = availableParallelism()): number {
  return Math.max(2, Math.min(16, Math.floor(cores / coresPerRank)));
}

/** A cluster of processes of this machine, which reach each other at 127.0.0.1 alone. */
export async function localCluster(ranks: number): Promise<ClusterFile> {
  const ports = await freePorts(ranks);
  return clusterFileSchema.parse({ ranks: ports.map((port) => ({ address: `127.0.0.1:${port}` })) });
}

/** Between those that need rights and those that systems give to outgoing connections, which could take one before its rank listens. */
const portRange = { first: 12_000, count: 18_000 };

/** Ports of 127.0.0.1 that nobody listens at, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = portRange.first + randomInt(portRange.count);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
