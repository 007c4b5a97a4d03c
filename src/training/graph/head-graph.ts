import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import type { HeadInputs, HeadOutputs } from '../heads/head';
import { headPrefix, sampledWeight, type SampledRows } from '../heads/head-weights';
import type { TrainGraphOptions } from './train-graph-options';

/** What a head is fed with. */
export interface HeadFeeds extends Pick<HeadInputs, 'labels' | 'margin' | 'owned'> {
  /** int32 [sampledIdentities], when identities are sampled. */
  readonly sample: GraphTensor | undefined;
}

export interface HeadGraph extends HeadOutputs {
  /** The rows of each weight that is sampled, by the variable's name. */
  readonly rows: ReadonlyMap<string, SampledRows>;
}

/**
 * Adds the head over all identities, over the sampled ones, or over those of this rank's shard that are sampled, as the scope "head".
 * @param inputs `updateWeight` gets the full name of a variable
 */
export function addHead(
  g: GraphBuilder, { spec, head, identities, sampledIdentities, shard }: TrainGraphOptions, inputs: HeadFeeds & Pick<HeadInputs, 'embedding' | 'updateWeight'>,
): HeadGraph {
  const { embedding, labels, owned, margin, sample, updateWeight } = inputs;
  const weights = head.weights(spec.embeddingLength, shard?.sampled ?? sampledIdentities ?? identities);
  const rows = new Map<string, SampledRows>();
  const weight = (name: string): GraphTensor => {
    const definition = weights.find((candidate) => candidate.name === name);
    if (!definition) throw new Error(`The head has no weight ${name}`);
    if (!sample || !definition.perIdentity) return g.variable(headPrefix + name, definition.shape).value;
    const gathered = sampledWeight(g, definition, shard?.count ?? identities, sample);
    rows.set(gathered.rows.name, gathered.rows);
    return gathered.value;
  };
  const remember = updateWeight && { updateWeight: (name: string, value: GraphTensor) => updateWeight(headPrefix + name, value) };
  const outputs = g.scope('head', () => head.build({ g, embedding, labels, owned, margin, weight, ...remember }));
  return { ...outputs, rows };
}
