import type { ImageType } from '../../network/forward';
import type { NetworkSpec } from '../../network/network-spec';
import type { ClusterShare } from '../cluster/run-collectives';
import type { Head } from '../heads/head';
import type { IdentityShard } from '../heads/identity-shard';
import type { ClippingRecipe, EmaRecipe, OptimizerRecipe } from '../recipe/optimizer-section';

export interface TrainGraphOptions {
  readonly spec: NetworkSpec;
  readonly head: Head;
  readonly identities: number;
  /** Identities that a step compares with (Partial FC); all by default. */
  readonly sampledIdentities?: number | undefined;
  /** Pictures of this process. */
  readonly batch: number;
  /** Trains together with other processes. */
  readonly cluster?: ClusterShare | undefined;
  /** In a cluster, the identities whose part of the head is here; then all ranks' pictures are compared with a sample of them. */
  readonly shard?: IdentityShard | undefined;
  /** What images are computed in; float32 by default. See `ForwardMode.imageType`. */
  readonly precision?: ImageType;
  readonly optimizer: OptimizerRecipe;
  /** Weight decay of kernels of convolutions and dense layers of the network. */
  readonly weightDecay: number;
  /** The same for the head's kernel, and for what follows the last spatial layer (MobileFaceNet paper, section 4.1). */
  readonly headWeightDecay: number;
  /** Micro-batches of an update; 1 by default. */
  readonly accumulate?: number | undefined;
  readonly clipping?: ClippingRecipe | undefined;
  /** Keeps an average of the network's weights. */
  readonly ema?: EmaRecipe | undefined;
  /** Share of the target that is spread over all identities; 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /** Whether images can be measured without being trained on. */
  readonly validates?: boolean | undefined;
}

/** Names of the graph's placeholders. */
export const feeds = {
  /** float32 [batch, height, width, 3], normalised */
  images: 'input/images',
  /** int32 [batch]; where each rank holds other identities, of the pictures of all ranks, -1 for those of other ranks' identities */
  labels: 'input/labels',
  /** int32 [sampledIdentities], when identities are sampled; the labels are positions in it */
  sampledIdentities: 'input/sampled_identities',
  learningRate: 'input/learning_rate',
  margin: 'input/margin',
  beta1Power: 'input/beta1_power',
  beta2Power: 'input/beta2_power',
  /** 1 - decay of the average of the weights, when there is one */
  averageRate: 'input/average_rate',
  /** int32 [2] */
  seed: 'input/seed',
} as const;
