import type { FaceFacts } from '../../model-folder';
import type { NetworkSpec, Weight } from '../../network-spec';

/** A network with its weights, read from a file of any known format. */
export interface ImportedModel {
  readonly spec: NetworkSpec;
  readonly weights: ReadonlyMap<string, Weight>;
  /** What the user should know about the file, one sentence each. */
  readonly notes: readonly string[];
  /** Who says how pixels enter the network: the file itself, the habit of those who make such files, or nobody; `spec.normalization` is a guess then. */
  readonly normalizedBy: 'file' | 'habit' | 'nobody';
  /** What the file says about the model, where it says anything. */
  readonly facts?: FaceFacts;
}

/** The weights of one layer in the order of the file. Names are what Keras calls them: kernel, gamma, ... */
export type NamedWeights = readonly { readonly name: string; readonly weight: Weight }[];
