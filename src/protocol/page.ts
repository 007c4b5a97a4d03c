/**
 * What every page's protocol has in common. A page says `ready` and gets what it shows; each of its requests is answered
 * by a `reply` with its id. A page keeps nothing that its host could not send again.
 */
import * as z from 'zod';

/** Answer to a request: its result, or a sentence why there is none. */
export interface PageReply {
  readonly kind: 'reply';
  readonly id: number;
  readonly error?: string;
  readonly result?: unknown;
}

/** A request by name, with its parameters. */
export interface PageRequest {
  readonly name: string;
  readonly params?: unknown;
}

const envelopeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('request'), id: z.number().int(), request: z.unknown() }),
]);

export type PageMessage<Request> = { readonly kind: 'ready' } | { readonly kind: 'request'; readonly id: number; readonly request: Request };

/** A message from a page, or undefined when it is none that a page of this version sends. */
export function parsePageMessage<Request>(requests: z.ZodType<Request>, message: unknown): PageMessage<Request> | undefined {
  const envelope = envelopeSchema.safeParse(message).data;
  if (envelope === undefined || envelope.kind === 'ready') return envelope;
  const request = requests.safeParse(envelope.request);
  return request.success ? { ...envelope, request: request.data } : undefined;
}
