import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FaceExample } from './tfrecord/face-example';
import { indexPathOf, readRecordIndex, type RecordIndex } from './tfrecord/record-index';
import { RecordWriter } from './tfrecord/record-writer';

/** About 300 MB of crops a file: large enough for fast storage, small enough to copy. */
const recordsPerShard = 50_000;
/** Positions that are prepared at a time. */
const rangeSize = 128;
const unfinishedName = '.unfinished';

export interface WrittenShard {
  /** File name within the folder. */
  readonly file: string;
  readonly index: RecordIndex;
}

/**
 * Writes records as `faces-00000-of-00003.tfrecord` and so on, each with its index, sizes as equal as possible. A shard gets
 * its name when it is complete; one that is there already, written from the same records by an earlier run, is kept.
 * @param recordAt the record at a position, 0..count-1
 * @param onWritten called after each record with the number written so far; may throw to stop
 * @param prepare called before `recordAt` for each range of positions first..end-1
 */
export async function writeShards(
  folder: string,
  count: number,
  recordAt: (position: number) => FaceExample,
  onWritten: (done: number) => void,
  shardLimit = recordsPerShard,
  prepare: (first: number, end: number) => Promise<void> = () => Promise.resolve(),
): Promise<WrittenShard[]> {
  const shardCount = Math.max(1, Math.ceil(count / shardLimit));
  const unfinished = path.join(folder, unfinishedName);
  const shards: WrittenShard[] = [];
  for (let shard = 0; shard < shardCount; shard++) {
    const range = { first: Math.floor((shard * count) / shardCount), end: Math.floor(((shard + 1) * count) / shardCount) };
    const file = shardName(shard, shardCount);
    const found = await readShard(path.join(folder, file), range.end - range.first);
    if (found) {
      onWritten(range.end);
      shards.push({ file, index: found });
      continue;
    }
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    const index = await writeShard(path.join(unfinished, file), range, { recordAt, onWritten, prepare });
    await rename(indexPathOf(path.join(unfinished, file)), indexPathOf(path.join(folder, file)));
    await rename(path.join(unfinished, file), path.join(folder, file));
    shards.push({ file, index });
  }
  await rm(unfinished, { recursive: true, force: true });
  return shards;
}

interface RecordAccess {
  readonly recordAt: (position: number) => FaceExample;
  readonly onWritten: (done: number) => void;
  readonly prepare: (first: number, end: number) => Promise<void>;
}

async function writeShard(file: string, { first, end }: { first: number; end: number }, { recordAt, onWritten, prepare }: RecordAccess): Promise<RecordIndex> {
  const writer = await RecordWriter.create(file);
  try {
    for (let start = first; start < end; start += rangeSize) {
      const stop = Math.min(end, start + rangeSize);
      await prepare(start, stop);
      for (let position = start; position < stop; position++) {
        await writer.append(recordAt(position));
        onWritten(position + 1);
      }
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return writer.finish();
}

/** The index of a complete shard; undefined when there is none of this size. */
async function readShard(file: string, records: number): Promise<RecordIndex | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return undefined;
  const index = await readRecordIndex(file);
  return index?.count === records && index.recordFileBytes === found.size ? index : undefined;
}

function shardName(shard: number, shardCount: number): string {
  return `faces-${String(shard).padStart(5, '0')}-of-${String(shardCount).padStart(5, '0')}.tfrecord`;
}
