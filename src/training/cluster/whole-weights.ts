import { elementCount } from '../../network/graph/graph-def';
import type { Weight } from '../../network/network-spec';
import type { TrainVariable } from '../graph/train-graph';
import type { TrainingSession } from '../graph/training-session';
import { placePart, type SharedPart } from '../heads/identity-shard';
import type { ClusterChannel } from './cluster-channel';
import { contiguousPart } from './contiguous-part';

/** Whether the ranks share out some of the variables. */
export function sharesWeights({ graph }: TrainingSession): boolean {
  return graph.variables.some(({ shared }) => shared);
}

/**
 * Whole values of all variables: what the ranks share out is brought together on rank 0. Every rank calls it at the same step.
 * @returns on other ranks, parts of the shared ones
 */
export async function readWhole(session: TrainingSession, channel: ClusterChannel): Promise<Map<string, Weight>> {
  const { variables } = session.graph;
  const values = await session.read(variables.map(({ name }) => name));
  for (const variable of variables) {
    const own = values.get(variable.name);
    if (!variable.shared || !own) continue;
    const parts = await channel.gather(own.data, partsOf(variable, variable.shared, channel.seat.ranks).map(({ length }) => length));
    if (parts) values.set(variable.name, mergeParts(variable, variable.shared, parts));
  }
  return values;
}

function mergeParts(variable: TrainVariable, shared: SharedPart, parts: readonly Float32Array[]): Weight {
  const whole = { shape: variable.shape, data: new Float32Array(elementCount(variable.shape)) };
  partsOf(variable, shared, parts.length).forEach((part, rank) => placePart(whole, part, parts[rank] ?? new Float32Array()));
  return whole;
}

/** The parts of all ranks, and how many values each has. */
function partsOf({ shape }: TrainVariable, { axis, each }: SharedPart, ranks: number): (SharedPart & { readonly length: number })[] {
  const identities = (shape[axis] ?? 0) / each;
  return Array.from({ length: ranks }, (_, rank) => {
    const part = contiguousPart(identities, ranks, rank);
    return { ...part, axis, each, length: (elementCount(shape) / identities) * part.count };
  });
}
