import path from 'node:path';
import type { FaceExample } from './tfrecord/face-example';
import type { RecordIndex } from './tfrecord/record-index';
import { RecordWriter } from './tfrecord/record-writer';

/** About 300 MB of crops a file: large enough for fast storage, small enough to copy. */
const recordsPerShard = 50_000;

export interface WrittenShard {
  /** File name within the folder. */
  readonly file: string;
  readonly index: RecordIndex;
}

/**
 * Writes records as `faces-00000-of-00003.tfrecord` and so on, each with its index, sizes as equal as possible.
 * @param recordAt the record at a position, 0..count-1
 * @param onWritten called after each record with the number written so far; may throw to stop
 */
export async function writeShards(folder: string, count: number, recordAt: (position: number) => FaceExample, onWritten: (done: number) => void, shardLimit = recordsPerShard): Promise<WrittenShard[]> {
  const shardCount = Math.max(1, Math.ceil(count / shardLimit));
  const shards: WrittenShard[] = [];
  for (let shard = 0; shard < shardCount; shard++) {
    const first = Math.floor((shard * count) / shardCount);
    const end = Math.floor(((shard + 1) * count) / shardCount);
    const file = shardName(shard, shardCount);
    const writer = await RecordWriter.create(path.join(folder, file));
    try {
      for (let position = first; position < end; position++) {
        await writer.append(recordAt(position));
        onWritten(position + 1);
      }
    } catch (error) {
      await writer.abandon();
      throw error;
    }
    shards.push({ file, index: await writer.finish() });
  }
  return shards;
}

function shardName(shard: number, shardCount: number): string {
  return `faces-${String(shard).padStart(5, '0')}-of-${String(shardCount).padStart(5, '0')}.tfrecord`;
}
