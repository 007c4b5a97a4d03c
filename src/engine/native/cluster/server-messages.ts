import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { ClusterMember } from '../../cluster-member';
import { encodeSessionConfig, type ThreadCounts } from '../session-config';

const jobName = 'worker';

/**
 * tensorflow.ConfigProto (config.proto) of a session in a cluster: it sees its own devices only, its variables are its own, and rank 0 numbers the
 * steps of the collectives.
 */
export function encodeClusterConfig({ rank }: ClusterMember, threads: ThreadCounts | undefined): Uint8Array {
  const writer = new BinaryWriter();
  if (threads) writer.raw(encodeSessionConfig(threads));
  writer.tag(4, WireType.LengthDelimited).string(`/job:${jobName}/task:${rank}`);
  writer.tag(15, WireType.Varint).bool(true);
  writer.tag(16, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(`/job:${jobName}/replica:0/task:0`);
  return writer.join().finish();
}

/** tensorflow.ServerDef (tensorflow_server.proto). */
export function encodeServerDef({ rank, addresses }: ClusterMember, config: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(jobName);
  addresses.forEach((address, task) => {
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int32(task).tag(2, WireType.LengthDelimited).string(address);
    writer.join();
  });
  writer.join().join();
  writer.tag(2, WireType.LengthDelimited).string(jobName);
  writer.tag(3, WireType.Varint).int32(rank);
  writer.tag(4, WireType.LengthDelimited).bytes(config);
  return writer.tag(5, WireType.LengthDelimited).string('grpc').finish();
}

/** tensorflow.RunOptions with `experimental.collective_graph_key`: ranks that run graphs of the same key take part in the same collectives. */
export function encodeRunOptions(collectiveGraphKey: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(8, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(collectiveGraphKey);
  return writer.join().finish();
}
