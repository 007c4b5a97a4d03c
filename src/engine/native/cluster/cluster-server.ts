import { UserError, errorText } from '../../../base/user-error';
import type { ClusterMember } from '../../cluster-member';
import type { ThreadCounts } from '../session-config';
import { present, type TensorFlowLibrary } from '../tensorflow-library';
import { boundPort, openSockets, restrictListener } from './listening-socket';
import { encodeClusterConfig, encodeServerDef } from './server-messages';

/** How sessions reach the gRPC server of this process. */
export interface ClusterServer {
  /** E.g. "grpc://10.0.0.1:7000". */
  readonly target: string;
  /** Serialized ConfigProto of a session. */
  readonly config: Uint8Array;
}

/**
 * Starts TensorFlow's gRPC server for this member. TensorFlow always listens on all addresses of a machine, so a filter on its socket drops what is
 * not for the member's own address before the server begins to answer. The server runs until the process ends: TensorFlow cannot stop it.
 * @throws UserError when the port is taken or the system has no such filter
 */
export function startClusterServer(tensorflow: TensorFlowLibrary, member: ClusterMember, threads: ThreadCounts | undefined): ClusterServer {
  if (process.platform !== 'linux') {
    throw new UserError(`Training on several ranks is not possible on ${process.platform}.`, 'Use machines with Linux: only there the connections can be kept to the given addresses.');
  }
  const address = member.addresses[member.rank] ?? '';
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const config = encodeClusterConfig(member, threads);
  const api = tensorflow.serverApi();
  const definition = encodeServerDef(member, config);
  const before = new Set(openSockets());
  const server = (() => {
    try {
      return present(tensorflow.checked((status) => api.TF_NewServer(definition, definition.length, status)), 'server');
    } catch (error) {
      throw new UserError(`Rank ${member.rank} cannot listen at ${address}: ${errorText(error)}`, 'Give it a free port and an address of its own machine.', { cause: error });
    }
  })();
  const listeners = openSockets().filter((descriptor) => !before.has(descriptor) && boundPort(descriptor) === port);
  if (listeners.length === 0) throw new Error(`The listening socket of ${address} was not found`);
  for (const descriptor of listeners) restrictListener(descriptor, member);
  tensorflow.checked((status) => api.TF_ServerStart(server, status));
  return { target: api.TF_ServerTarget(server), config };
}
