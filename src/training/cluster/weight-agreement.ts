import { createHash } from 'node:crypto';
import { CollectiveError } from '../../engine/collective-error';
import type { Weights } from '../../network/network-spec';
import type { TrainingSession } from '../graph/training-session';
import type { ClusterChannel } from './cluster-channel';

/** int32 of a SHA-256. */
const digestWords = 8;

/** int32 of what a rank tells of its weights: the SHA-256 of what all ranks hold, and that of its part of what they share out. */
export const hashWords = 2 * digestWords;

/**
 * Compares weights, slots and averages of all ranks, which must be the same bits, but for what they share out. Every rank calls it at the same step.
 * @returns their SHA-256, hexadecimal; with what they share out, of all parts
 * @throws CollectiveError naming the ranks that differ from rank 0
 */
export async function agreeOnWeights(session: TrainingSession, channel: ClusterChannel): Promise<string> {
  const { variables } = session.graph;
  const values = await session.read(variables.map(({ name }) => name));
  const isShared = new Set(variables.filter(({ shared }) => shared).map(({ name }) => name));
  const held = [...values].filter(([name]) => !isShared.has(name));
  const parts = [...values].filter(([name]) => isShared.has(name));
  const told = await channel.exchange(Int32Array.of(...digestOf(new Map(held)), ...digestOf(new Map(parts))));
  const common = told.map((words) => words.subarray(0, digestWords));
  const different = common.flatMap((words, rank) => (words.join() === common[0]?.join() ? [] : [rank]));
  if (different.length > 0) throw new CollectiveError(`The weights of rank ${different.join(', ')} are no longer those of rank 0`);
  if (parts.length === 0) return hexOf(common[0]);
  const all = createHash('sha256').update(hexOf(common[0]));
  for (const words of told) all.update(hexOf(words.subarray(digestWords)));
  return all.digest('hex');
}

function digestOf(values: Weights): Int32Array {
  const hash = createHash('sha256');
  for (const { data } of values.values()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const digest = hash.digest();
  return Int32Array.from({ length: digestWords }, (_, i) => digest.readInt32LE(4 * i));
}

function hexOf(words: Int32Array | undefined): string {
  return words ? Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString('hex') : '';
}
