import { createHash } from 'node:crypto';
import { CollectiveError } from '../../engine/collective-error';
import type { TrainingSession } from '../graph/training-session';
import type { ClusterChannel } from './cluster-channel';

/** int32 of a SHA-256. */
export const hashWords = 8;

/**
 * Compares weights, slots and averages of all ranks, which must be the same bits. Every rank calls it at the same step.
 * @returns their SHA-256, hexadecimal
 * @throws CollectiveError naming the ranks that differ from rank 0
 */
export async function agreeOnWeights(session: TrainingSession, channel: ClusterChannel): Promise<string> {
  const values = await session.read(session.graph.variables.map(({ name }) => name));
  const hash = createHash('sha256');
  for (const { data } of values.values()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const digest = hash.digest();
  const own = Int32Array.from({ length: hashWords }, (_, i) => digest.readInt32LE(4 * i));
  const [leader, ...others] = await channel.exchange(own);
  const different = others.flatMap((row, i) => (row.join() === leader?.join() ? [] : [i + 1]));
  if (different.length > 0) throw new CollectiveError(`The weights of rank ${different.join(', ')} are no longer those of rank 0`);
  return digest.toString('hex');
}
