import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import type { Initializer } from '../../network/weight-definitions';
import type { HeadKind } from '../../protocol/run';

/** A weight of a head; its variable is called `head/<name>`. */
export interface HeadWeight {
  readonly name: string;
  /** What the head computes with. The last axis of a weight that is `perIdentity` counts the identities, each with all its parts in a row. */
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** True for what belongs to single identities; false for what the head remembers, which is not trained. */
  readonly perIdentity: boolean;
}

export interface HeadInputs {
  readonly g: GraphBuilder;
  /** float32 [batch, embeddingLength], not L2-normalised */
  readonly embedding: GraphTensor;
  /** int32 [batch], 0..identities-1 */
  readonly labels: GraphTensor;
  /** bool [batch]: whether the picture's identity is one of those of this head, where others hold other identities; its label means nothing if not. */
  readonly owned?: GraphTensor | undefined;
  /** Scalar in the unit of the head's main margin; fed with each step so that it can be warmed up. */
  readonly margin: GraphTensor;
  weight(name: string): GraphTensor;
  /** Sets the new value of a weight that is not trained. Absent where a head only measures: it remembers nothing then. */
  readonly updateWeight?: (name: string, value: GraphTensor) => void;
}

export interface HeadOutputs {
  /** [batch, identities]: what the cross-entropy is computed on */
  readonly logits: GraphTensor;
  /** [batch, identities]: scores before any margin, which the accuracy is counted on */
  readonly scores: GraphTensor;
}

/** What turns an embedding into one score per identity during training. It is not part of the model that is deployed. */
export interface Head {
  readonly kind: HeadKind;
  /** @param identities of a step: all, or the sampled ones */
  weights(embeddingLength: number, identities: number): readonly HeadWeight[];
  build(inputs: HeadInputs): HeadOutputs;
}
