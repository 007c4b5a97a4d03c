import { BinaryReader } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from '../../src/base/crc32c';

/** A record of a TensorBoard event file, as far as tests look at it. Any tag is a key, also __proto__. */
export interface ReadEvent {
  wallTime: number;
  step: number;
  version?: string;
  graph?: Uint8Array;
  sessionStatus?: number;
  readonly scalars: Record<string, number>;
  readonly texts: Record<string, string>;
}

/** Reads an event file, checking both checksums of every record. */
export function readEvents(file: Uint8Array): ReadEvent[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedCrc32c(file, at, at + 8)) throw new Error(`wrong checksum of the length at ${at}`);
    const start = at + 12;
    if (view.getUint32(start + length, true) !== maskedCrc32c(file, start, start + length)) throw new Error(`wrong checksum of the content at ${at}`);
    events.push(readEvent(file.subarray(start, start + length)));
    at = start + length + 4;
  }
  return events;
}

function readEvent(bytes: Uint8Array): ReadEvent {
  const event: ReadEvent = { wallTime: 0, step: 0, scalars: Object.create(null) as Record<string, number>, texts: Object.create(null) as Record<string, string> };
  fields(bytes, {
    1: (reader) => (event.wallTime = reader.double()),
    2: (reader) => (event.step = Number(reader.int64())),
    3: (reader) => (event.version = reader.string()),
    4: (reader) => (event.graph = reader.bytes()),
    5: (reader) => fields(reader.bytes(), { 1: (values) => readValue(values.bytes(), event) }),
    7: (reader) => fields(reader.bytes(), { 1: (log) => (event.sessionStatus = log.int32()) }),
  });
  return event;
}

function readValue(bytes: Uint8Array, event: ReadEvent): void {
  let tag = '';
  let scalar: number | undefined;
  let text: string | undefined;
  fields(bytes, {
    1: (reader) => (tag = reader.string()),
    2: (reader) => (scalar = reader.float()),
    8: (reader) => fields(reader.bytes(), { 8: (tensor) => (text = tensor.string()) }),
  });
  if (scalar !== undefined) event.scalars[tag] = scalar;
  if (text !== undefined) event.texts[tag] = text;
}

function fields(bytes: Uint8Array, readers: Readonly<Record<number, (reader: BinaryReader) => void>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const read = readers[field];
    if (read) read(reader);
    else reader.skip(wireType);
  }
}
