import type { Collective } from './collectives';
import type { ContiguousPart } from './contiguous-part';

/** The collectives that the train graph of a run may hold. */
const names = [
  'update', 'embeddings', 'scores', 'embeddingGradients', 'validationEmbeddings', 'validationScores',
] as const;

/** Instances that a run takes. */
export const collectivesPerRun = names.length;

/** What this process does of each update of a cluster. */
export interface ClusterShare {
  readonly ranks: number;
  /** Pictures of a batch over all ranks, and those of them that are this process's. */
  readonly batch: number;
  readonly part: ContiguousPart;
  readonly timeoutSeconds: number;
  /** The first of the run's; see `Collective`. */
  readonly instance: number;
}

/** One of the collectives of a run. */
export function runCollective({ ranks, timeoutSeconds, instance }: ClusterShare, name: (typeof names)[number]): Collective {
  return { ranks, timeoutSeconds, instance: instance + names.indexOf(name) };
}
