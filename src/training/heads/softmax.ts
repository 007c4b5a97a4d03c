import { biasAdd, matMul } from '../../network/graph/operations';
import type { Head } from './head';

/** A dense layer with bias on the embedding: the original's pre-training head. */
export const softmaxHead: Head = {
  kind: 'softmax',
  weights: (embeddingLength, identities) => [
    { name: 'kernel', shape: [embeddingLength, identities], initializer: { kind: 'glorotUniform', fanIn: embeddingLength, fanOut: identities }, perIdentity: true },
    { name: 'bias', shape: [identities], initializer: { kind: 'constant', value: 0 }, perIdentity: true },
  ],
  build({ g, embedding, weight }) {
    const logits = biasAdd(g, matMul(g, embedding, weight('kernel')), weight('bias'));
    return { logits, scores: logits };
  },
};
