import * as z from 'zod';
import { crc32c } from '../../base/crc32c';
import { dropReasonSchema } from '../dataset-artifact';
import type { PhotoOutcome } from '../detection/detector-messages';
import { detectorStages } from '../detection/face-detector';
import { faceMeasuresSchema } from '../quality/face-measures';

/** What a worker found out about a batch. */
export interface BatchResult {
  /** Machine of the worker. */
  readonly host: string;
  readonly outcomes: readonly { readonly id: number; readonly outcome: PhotoOutcome }[];
  /** Photos whose files the worker's machine does not have. */
  readonly missing: readonly number[];
}

const faceSourceSchema = z.enum([...detectorStages, 'sidecar', 'fixed-box']);
const landmarkSourceSchema = faceSourceSchema.exclude(['fixed-box']);

const headerSchema = z.object({
  host: z.string(),
  missing: z.array(z.number().int()),
  /** `bytes`: length of the crop; the crops follow the header in this order. */
  outcomes: z.array(z.discriminatedUnion('kind', [
    z.object({ id: z.number().int(), kind: z.literal('crop'), bytes: z.number().int().nonnegative(), foundBy: faceSourceSchema, measures: faceMeasuresSchema.exactOptional() }),
    z.object({ id: z.number().int(), kind: z.literal('dropped'), reason: dropReasonSchema, detail: z.string().exactOptional(), foundBy: landmarkSourceSchema.exactOptional() }),
  ])),
});

const prefixBytes = 8;

/** A result as one file: CRC-32C of what follows, length of the header (both uint32, little-endian), header as JSON, the crops. */
export function encodeResult({ host, outcomes, missing }: BatchResult): Uint8Array {
  const described = outcomes.map(({ id, outcome }) => {
    if (outcome.kind === 'dropped') return { id, ...outcome };
    const { jpeg, ...rest } = outcome;
    return { id, ...rest, bytes: jpeg.length };
  });
  const header = Buffer.from(JSON.stringify({ host, missing, outcomes: described }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = Buffer.concat([length, header, ...outcomes.map(({ outcome }) => (outcome.kind === 'crop' ? outcome.jpeg : new Uint8Array()))]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32c(body));
  return Buffer.concat([checksum, body]);
}

/** Reads what `encodeResult` wrote. @returns undefined when the file is cut off or damaged */
export function decodeResult(file: Uint8Array): BatchResult | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < prefixBytes || bytes.readUInt32LE(0) !== crc32c(bytes.subarray(4))) return undefined;
  const headerEnd = prefixBytes + bytes.readUInt32LE(4);
  const { host, missing, outcomes } = headerSchema.parse(JSON.parse(bytes.toString('utf8', prefixBytes, headerEnd)));
  let position = headerEnd;
  return {
    host, missing,
    outcomes: outcomes.map((described) => {
      if (described.kind === 'dropped') {
        const { id, ...outcome } = described;
        return { id, outcome };
      }
      const { id, bytes: length, ...rest } = described;
      const jpeg = new Uint8Array(bytes.subarray(position, position + length));
      position += length;
      return { id, outcome: { ...rest, jpeg } };
    }),
  };
}
