import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file';
import { crc32 } from '../../base/crc32';
import { runEventSchema, type RunEvent, type RunEventOf } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { RunHistory, stepColumns, type RunHistoryData, type StepColumn } from '../../protocol/run-history';
import type { ReadPrefix } from './event-tail';

/**
 * `events.columns`: the history that a prefix of events.jsonl gives, for a quick reading. It is derived, may be deleted at any time, and
 * is used only while events.jsonl still begins with that prefix. All numbers are little-endian:
 *
 *     8 bytes    magic
 *     4 bytes    length of the header, a multiple of 8
 *     4 bytes    CRC-32 of all that follows
 *     header     JSON, filled up with spaces
 *     columns    `rows` float64 of each column, in the order of `stepColumns`
 */
const magic = 'MFNCOL01';
const headBytes = 16;
const valueBytes = Float64Array.BYTES_PER_ELEMENT;
/** The prefix is checked in parts between which others get their turn. */
const checkedBytes = 4 * 1024 * 1024;

const eventOf = <K extends RunEvent['kind']>(kind: K): z.ZodType<RunEventOf<K>> => z.custom<RunEventOf<K>>((value) => runEventSchema.safeParse(value).data?.kind === kind);

const headerSchema = z.object({
  /** Whole lines that the history was made of. */
  prefix: z.object({ bytes: z.number().int(), crc32: z.number().int(), badLines: z.number().int() }),
  /** events.jsonl when it was read: while both are the same, nothing was written to it. */
  events: z.object({ sizeBytes: z.number(), writtenMs: z.number() }),
  rows: z.number().int(),
  columns: z.array(z.string()),
  evaluations: z.array(eventOf('evaluation')),
  validations: z.array(eventOf('validation')),
  checkpoints: z.array(z.number()),
  learningRates: z.array(eventOf('learning-rate')),
  ending: eventOf('ending').optional(),
  clock: z.object({ elapsedMs: z.number(), sinceMs: z.number().optional() }),
});
type Header = z.infer<typeof headerSchema>;

/** State of an events file. */
export type FileState = Header['events'];

export interface KeptHistory {
  readonly history: RunHistory;
  readonly prefix: ReadPrefix;
}

/** Size and time of a run's events file; undefined when it cannot be looked at. */
export async function eventsFileState(folder: string): Promise<FileState | undefined> {
  return stat(path.join(folder, runFiles.events)).then(({ size, mtimeMs }) => ({ sizeBytes: size, writtenMs: mtimeMs }), () => undefined);
}

/** The history that was kept of a run; undefined when there is none, it is damaged, or events.jsonl is another one now. */
export async function readKeptHistory(folder: string): Promise<KeptHistory | undefined> {
  try {
    const { header, columns } = parseHistoryFile(await readWhole(path.join(folder, runFiles.eventColumns)));
    if (!(await stillBeginsWith(folder, header))) return undefined;
    const { prefix, evaluations, validations, checkpoints, learningRates, ending, clock } = header;
    return { prefix, history: new RunHistory({ columns, evaluations, validations, checkpoints, learningRates, ...(ending ? { ending } : {}), clock: withoutUndefined(clock) }) };
  } catch {
    // Whatever is wrong with it, events.jsonl tells the same.
    return undefined;
  }
}

/**
 * Keeps the history that `prefix` gave.
 * @param events state of events.jsonl before the prefix was read
 * @throws Error when it cannot be written; what was there before stays then
 */
export async function keepHistory(folder: string, history: RunHistory, prefix: ReadPrefix, events: FileState): Promise<void> {
  await writeFileAtomic(path.join(folder, runFiles.eventColumns), historyFile(history.toData(), prefix, events));
}

function historyFile({ columns, ...rest }: RunHistoryData, prefix: ReadPrefix, events: FileState): Buffer {
  const rows = columns.step?.length ?? 0;
  const { evaluations, validations, checkpoints, learningRates, ending, clock } = rest;
  const header: Header = { prefix, events, rows, columns: [...stepColumns], evaluations: [...evaluations], validations: [...validations], checkpoints: [...checkpoints], learningRates: [...learningRates], ending, clock };
  const text = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / valueBytes) * valueBytes;
  const file = Buffer.alloc(headBytes + headerBytes + stepColumns.length * rows * valueBytes);
  file.fill(' ', headBytes, headBytes + headerBytes);
  text.copy(file, headBytes);
  let at = headBytes + headerBytes;
  for (const name of stepColumns) {
    const column = columns[name] as Float64Array;
    Buffer.from(column.buffer, column.byteOffset, column.byteLength).copy(file, at);
    at += column.byteLength;
  }
  file.write(magic, 0, 'latin1');
  file.writeUInt32LE(headerBytes, 8);
  file.writeUInt32LE(crc32(file.subarray(headBytes)), 12);
  return file;
}

/** @throws Error when it is not what `historyFile` makes */
function parseHistoryFile(file: Buffer): { readonly header: Header; readonly columns: Record<StepColumn, Float64Array> } {
  if (file.toString('latin1', 0, magic.length) !== magic || file.readUInt32LE(12) !== crc32(file.subarray(headBytes))) throw new Error('It is damaged.');
  const columnsAt = headBytes + file.readUInt32LE(8);
  const header = headerSchema.parse(JSON.parse(file.toString('utf8', headBytes, columnsAt)));
  if (header.columns.join() !== stepColumns.join() || file.length !== columnsAt + stepColumns.length * header.rows * valueBytes) throw new Error('It is of another version.');
  // A buffer may begin anywhere in its memory, float64 only at multiples of 8.
  const isAligned = (file.byteOffset + columnsAt) % valueBytes === 0;
  const { buffer, byteOffset } = isAligned ? file.subarray(columnsAt) : Buffer.from(Uint8Array.from(file.subarray(columnsAt)).buffer);
  const column = (index: number): Float64Array => new Float64Array(buffer, byteOffset + index * header.rows * valueBytes, header.rows);
  return { header, columns: Object.fromEntries(stepColumns.map((name, index) => [name, column(index)])) as Record<StepColumn, Float64Array> };
}

/** In one piece: `readFile` takes a part at a time, which for long runs takes several times as long. */
async function readWhole(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(size), 0, size, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function stillBeginsWith(folder: string, { prefix, events }: Header): Promise<boolean> {
  const now = await eventsFileState(folder);
  if (now === undefined || now.sizeBytes < prefix.bytes) return false;
  if (now.sizeBytes === events.sizeBytes && now.writtenMs === events.writtenMs) return true;
  return (await prefixCrc32(path.join(folder, runFiles.events), prefix.bytes)) === prefix.crc32;
}

async function prefixCrc32(file: string, bytes: number): Promise<number | undefined> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(checkedBytes, bytes));
    let checksum = 0;
    for (let offset = 0; offset < bytes;) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - offset), offset);
      if (bytesRead === 0) return undefined;
      checksum = crc32(buffer.subarray(0, bytesRead), checksum);
      offset += bytesRead;
    }
    return checksum;
  } finally {
    await handle.close();
  }
}

function withoutUndefined({ elapsedMs, sinceMs }: Header['clock']): RunHistoryData['clock'] {
  return sinceMs === undefined ? { elapsedMs } : { elapsedMs, sinceMs };
}
