import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { availableParallelism, networkInterfaces } from 'node:os';
import { UserError, errorText } from '../../../base/user-error';
import type { ClusterMember } from '../../../engine/cluster-member';
import type { ThreadCounts } from '../../../engine/native/session-config';
import { checkAddress } from './cluster-file';
import { parseHostAndPort } from './private-address';
import type { RankAssignment } from './rank-messages';

const lookUpPauseMs = 2000;

/** The member of a cluster that this process is to be. @throws UserError when its address is none of this machine's, or none that is allowed */
export async function resolveMember({ rank, addresses, allowPublicAddresses, startTimeoutSeconds }: RankAssignment): Promise<ClusterMember> {
  const hosts = addresses.map((address) => parseHostAndPort(address)?.host ?? '');
  const listenOn = await resolveHost(hosts[rank] ?? '', startTimeoutSeconds * 1000);
  checkAddress(listenOn, { rank, allowPublicAddresses });
  if (!isOwnAddress(listenOn)) {
    throw new UserError(`${listenOn}, the address of rank ${rank}, is none of this machine's.`, 'Correct the address in the cluster file, or where ssh starts this rank.');
  }
  // Behind a name there may be another address after a restart, so names cannot be told apart from strangers.
  const acceptFrom = hosts.every((host) => isIP(host) > 0) ? [...new Set(hosts)] : undefined;
  return { rank, addresses, listenOn, acceptFrom };
}

/** Threads of a rank that is given none: the cores of its machine, shared by the ranks with the same host. */
export function defaultThreads({ rank, addresses, threads }: RankAssignment): ThreadCounts {
  const host = (address: string | undefined): string | undefined => parseHostAndPort(address ?? '')?.host;
  const neighbours = addresses.filter((address) => host(address) === host(addresses[rank])).length;
  const count = threads ?? Math.max(1, Math.floor(availableParallelism() / neighbours));
  return { intraOp: count, interOp: count };
}

/** The name of a pod is known some time after the pod has started. */
async function resolveHost(host: string, limitMs: number): Promise<string> {
  if (isIP(host) > 0) return host;
  const endMs = performance.now() + limitMs;
  for (;;) {
    try {
      return (await lookup(host)).address;
    } catch (error) {
      if (performance.now() > endMs) {
        throw new UserError(`The host name ${host} is not known here (${errorText(error)}).`, 'Correct it in the cluster file, or name its IP address.', { cause: error });
      }
      await sleep(lookUpPauseMs);
    }
  }
}

function isOwnAddress(address: string): boolean {
  if (address.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((interfaces) => interfaces?.some((own) => own.address === address.replace(/%.*$/, '')));
}
