/** Messages between the host and the page of one .kmodel file, which gets the whole state with each message. */
import * as z from 'zod';
import type { KmodelInspection } from './kmodel-inspection';

/** What a photo gave in the simulator. */
export interface PhotoResult {
  readonly photos: readonly { readonly name: string; readonly picture?: string }[];
  /** Embeddings or outputs, one for each photo. */
  readonly values: readonly (readonly number[])[];
  /** Of two photos: cosine between their embeddings, and the one from which they count as the same person. */
  readonly pair?: { readonly cosine: number; readonly threshold?: number };
  /** Of one photo: cosine to the embedding by the float model; or a sentence why there is none. */
  readonly toFloat?: { readonly model: string; readonly cosine: number } | { readonly reason: string };
}

export interface KmodelView {
  readonly inspection: KmodelInspection;
  /** Name of the model that it was made from, and whether that is a run which can be opened. */
  readonly source?: { readonly name: string; readonly isRun: boolean };
  /** Why no job may run, if so. */
  readonly locked?: string;
}

export type KmodelPageMessage = { readonly name: string } & (
  | { readonly kind: 'loading' }
  | { readonly kind: 'model'; readonly view: KmodelView; readonly photo?: PhotoResult }
  /** @see UserError: what is wrong, and what to do */
  | { readonly kind: 'problem'; readonly text: string; readonly remedy: string }
);

export const kmodelRequestSchema = z.object({ name: z.enum(['runPhoto', 'deploy', 'openRun', 'tryAgain']) });
export type KmodelRequest = z.infer<typeof kmodelRequestSchema>;
