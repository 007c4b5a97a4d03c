import type { KmodelFacts } from './kmodel-facts';
import type { Program } from './v3/program';

/** What a simulation worker is started with. */
export interface SimulatedModel {
  readonly program: Program;
  readonly facts: Pick<KmodelFacts, 'input' | 'embeddingLength'>;
  /** For messages. */
  readonly file: string;
}

export interface SimulationTask {
  readonly id: number;
  /** RGB [size, size, 3] */
  readonly crop: Uint8Array;
}

export type SimulationAnswer =
  | { readonly id: number; readonly embedding: Float32Array }
  /** `action` as of a UserError. */
  | { readonly id: number; readonly message: string; readonly action?: string };
