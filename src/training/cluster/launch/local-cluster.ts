import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
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

/** Ports of 127.0.0.1 that nobody listens at, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
