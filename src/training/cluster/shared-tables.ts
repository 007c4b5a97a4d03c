import type { Weight } from '../../network/network-spec';
import { elementCount } from '../../network/graph/graph-def';
import type { TrainVariable } from '../graph/train-graph';
import type { TrainingSession } from '../graph/training-session';
import type { ClusterChannel } from './cluster-channel';
import { contiguousPart } from './contiguous-part';

/** Whether ranks hold different rows of some of the variables. */
export function hasSharedTables({ graph }: TrainingSession): boolean {
  return graph.variables.some(({ rows }) => rows);
}

/**
 * Whole values of all variables: rows of shared tables are brought together on rank 0. Every rank calls it at the same step.
 * @returns on other ranks, without the rows that they do not hold
 */
export async function readWhole(session: TrainingSession, channel: ClusterChannel): Promise<Map<string, Weight>> {
  const { variables } = session.graph;
  const values = await session.read(variables.map(({ name }) => name));
  // One after another, so that one table at most is there twice.
  for (const variable of variables.filter(({ rows }) => rows)) {
    const whole = await gatherTable(variable, values.get(variable.name), channel);
    if (whole) values.set(variable.name, whole);
  }
  return values;
}

/** @returns undefined on other ranks than 0 */
async function gatherTable({ name, shape: [rows = 0, ...rest] }: TrainVariable, own: Weight | undefined, channel: ClusterChannel): Promise<Weight | undefined> {
  if (!own) throw new Error(`The graph has no values of ${name}`);
  const { rank, ranks } = channel.seat;
  const rowBytes = elementCount(rest) * Float32Array.BYTES_PER_ELEMENT;
  const parts = Array.from({ length: ranks }, (_, other) => contiguousPart(rows, ranks, other));
  const whole = rank === 0 ? new Float32Array(rows * elementCount(rest)) : undefined;
  const bytes = whole && new Uint8Array(whole.buffer);
  await channel.gather(new Uint8Array(own.data.buffer, own.data.byteOffset, own.data.byteLength), Math.max(...parts.map(({ count }) => count * rowBytes)), (other, start, piece) => {
    const { offset, count } = parts[other] ?? { offset: 0, count: 0 };
    bytes?.set(piece.subarray(0, Math.max(0, count * rowBytes - start)), offset * rowBytes + start);
  });
  return whole && { shape: [rows, ...rest], data: whole };
}
