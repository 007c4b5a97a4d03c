/**
 * The safetensors file form (8 bytes little-endian header length, JSON header, raw tensors), float32 only:
 * checkpoints are written in it because every framework can read it.
 */
import type { Weight, Weights } from './network-spec';
import { elementCount } from './graph/graph-def';

interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const headerAlignment = 8;

/** @param metadata strings kept in the header's `__metadata__` */
export function encodeSafetensors(weights: Weights, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, weight] of weights) {
    const end = offset + weight.data.byteLength;
    header[name] = { dtype: 'F32', shape: weight.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / headerAlignment) * headerAlignment;
  const file = Buffer.alloc(8 + headerBytes + offset, ' ');
  file.writeBigUInt64LE(BigInt(headerBytes), 0);
  json.copy(file, 8);
  let position = 8 + headerBytes;
  for (const { data } of weights.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

/** @throws Error saying what is wrong when the bytes are not a whole float32 safetensors file */
export function decodeSafetensors(bytes: Uint8Array): { weights: Map<string, Weight>; metadata: Record<string, string> } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 8) throw new Error(`only ${file.length} bytes`);
  const headerBytes = Number(file.readBigUInt64LE(0));
  if (headerBytes > file.length - 8) throw new Error(`the header needs ${headerBytes} bytes, the file has ${file.length}`);
  const header: unknown = JSON.parse(file.toString('utf8', 8, 8 + headerBytes));
  if (typeof header !== 'object' || header === null) throw new Error('the header is not a JSON object');
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  const start = 8 + headerBytes;
  const weights = new Map(Object.entries(entries).map(([name, entry]) => [name, readTensor(file, start, name, entry as TensorEntry)]));
  return { weights, metadata: metadata as Record<string, string> };
}

function readTensor(file: Buffer, start: number, name: string, entry: TensorEntry): Weight {
  if (entry.dtype !== 'F32') throw new Error(`tensor ${name} is ${entry.dtype}, not F32`);
  const [from, to] = entry.data_offsets;
  const count = elementCount(entry.shape);
  if (to - from !== count * 4 || start + to > file.length) throw new Error(`tensor ${name} is cut off or has a wrong size`);
  const data = new Float32Array(count);
  new Uint8Array(data.buffer).set(file.subarray(start + from, start + to));
  return { shape: entry.shape, data };
}
