import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import type { HeadInputs, HeadOutputs } from '../heads/head';
import { headPrefix, sampledWeight, wholeWeight } from '../heads/head-weights';
import type { TrainGraphOptions } from './train-graph-options';

/** What a head is fed with. */
export interface HeadFeeds extends Pick<HeadInputs, 'labels' | 'margin' | 'owned'> {
  /** int32 [sampledIdentities], when identities are sampled. */
  readonly sample: GraphTensor | undefined;
}

export interface HeadGraph extends HeadOutputs {
  /** What is trained: the variables of single identities, or the rows of them that are sampled. */
  readonly trainable: readonly GraphVariable[];
}

/**
 * Adds the head over all identities or those of this rank's shard, or over the sampled ones of either, as the scope "head".
 * @param inputs `updateWeight` gets the full name of a variable
 */
export function addHead(
  g: GraphBuilder, { spec, head, identities, sampledIdentities, shard }: TrainGraphOptions, inputs: HeadFeeds & Pick<HeadInputs, 'embedding' | 'updateWeight'>,
): HeadGraph {
  const { embedding, labels, owned, margin, sample, updateWeight } = inputs;
  const here = shard?.count ?? identities;
  const weights = head.weights(spec.embeddingLength, shard?.sampled ?? sampledIdentities ?? here);
  const trainable = new Map<string, GraphVariable>();
  const weight = (name: string): GraphTensor => {
    const definition = weights.find((candidate) => candidate.name === name);
    if (!definition) throw new Error(`The head has no weight ${name}`);
    const { variable, value } = sample && definition.perIdentity ? sampledWeight(g, definition, here, sample) : wholeWeight(g, definition);
    if (definition.perIdentity) trainable.set(name, variable);
    return value;
  };
  const remember = updateWeight && { updateWeight: (name: string, value: GraphTensor) => updateWeight(headPrefix + name, value) };
  const outputs = g.scope('head', () => head.build({ g, embedding, labels, owned, margin, weight, ...remember }));
  return { ...outputs, trainable: [...trainable.values()] };
}
