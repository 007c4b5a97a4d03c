import { WireCursor, wireTypes } from './wire-cursor';

export type FeatureKind = 'bytes' | 'float' | 'int64' | 'empty';

/** One feature of a tf.train.Example, of any name. */
export interface ExampleFeature {
  readonly name: string;
  readonly kind: FeatureKind;
  /** Values of its list. */
  readonly count: number;
  /** The first values, numbers of `float` and `int64`. */
  readonly numbers: readonly number[];
  /** The first value of `bytes`, sharing memory with the Example. */
  readonly bytes?: Uint8Array;
}

/** Field numbers of example.proto and feature.proto. */
const field = { features: 1, featureMap: 1, mapKey: 1, mapValue: 2, listValue: 1 } as const;
const kinds: Readonly<Record<number, FeatureKind>> = { 1: 'bytes', 2: 'float', 3: 'int64' };
const keptNumbers = 8;

/**
 * All features of an Example, in their order.
 * @throws Error when the bytes are no protobuf message
 */
export function exampleFeatures(example: Uint8Array): ExampleFeature[] {
  const found: ExampleFeature[] = [];
  for (const features of messagesOf(new WireCursor(example), field.features)) {
    for (const entry of messagesOf(features, field.featureMap)) found.push(featureOf(example, entry));
  }
  return found;
}

function featureOf(bytes: Uint8Array, entry: WireCursor): ExampleFeature {
  let name = '';
  let value: WireCursor | undefined;
  while (entry.next()) {
    if (entry.wireType !== wireTypes.lengthDelimited) continue;
    if (entry.field === field.mapKey) name = Buffer.from(bytes.buffer, bytes.byteOffset + entry.start, entry.end - entry.start).toString('utf8');
    else if (entry.field === field.mapValue) value = entry.message();
  }
  if (value === undefined || !value.next()) return { name, kind: 'empty', count: 0, numbers: [] };
  const kind = kinds[value.field] ?? 'empty';
  const list = value.message();
  if (kind === 'bytes') {
    const values: Uint8Array[] = [];
    while (list.next()) if (list.field === field.listValue && list.wireType === wireTypes.lengthDelimited) values.push(bytes.subarray(list.start, list.end));
    const [first] = values;
    return { name, kind, count: values.length, numbers: [], ...(first ? { bytes: first } : {}) };
  }
  const all = kind === 'int64' ? int64s(list) : kind === 'float' ? floats(bytes, list) : [];
  return { name, kind, count: all.length, numbers: all.slice(0, keptNumbers) };
}

/** Packed (as written today) or not (as old writers did). */
function int64s(list: WireCursor): number[] {
  const values: number[] = [];
  while (list.next()) {
    if (list.field !== field.listValue) continue;
    if (list.wireType === wireTypes.varint) values.push(list.int64());
    else if (list.wireType === wireTypes.lengthDelimited) values.push(...list.packedInt64s());
  }
  return values;
}

function floats(bytes: Uint8Array, list: WireCursor): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: number[] = [];
  while (list.next()) {
    if (list.field !== field.listValue) continue;
    for (let at = list.start; at + 4 <= list.end; at += 4) values.push(view.getFloat32(at, true));
  }
  return values;
}

function* messagesOf(cursor: WireCursor, wanted: number): Generator<WireCursor> {
  while (cursor.next()) if (cursor.field === wanted && cursor.wireType === wireTypes.lengthDelimited) yield cursor.message();
}
