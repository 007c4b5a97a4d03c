import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import type { Initializer } from '../../network/weight-definitions';
import type { HeadKind } from '../../protocol/run';

/** A weight of a head; its variable is called `head/<name>`. */
export interface HeadWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

export interface HeadInputs {
  readonly g: GraphBuilder;
  /** [batch, embeddingLength], not L2-normalised */
  readonly embedding: GraphTensor;
  /** int32 [batch], 0..identities-1 */
  readonly labels: GraphTensor;
  /** Scalar, radians; fed with each step so that a margin can be warmed up. */
  readonly margin: GraphTensor;
  weight(name: string): GraphTensor;
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
  weights(embeddingLength: number, identities: number): readonly HeadWeight[];
  build(inputs: HeadInputs): HeadOutputs;
}
