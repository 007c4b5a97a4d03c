/**
 * The tf.train.Example of one face crop (tensorflow/core/example/example.proto, feature.proto):
 * int64 features `height`, `width`, `depth`, `label`, and the bytes feature `image_raw`, a JPEG.
 * This is also what the training scripts of the original project read.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { WireCursor, wireTypes } from './wire-cursor';

export interface FaceExample {
  /** Size of the decoded picture in pixels. */
  readonly height: number;
  readonly width: number;
  /** Channels of the decoded picture: 3. */
  readonly depth: number;
  /** Index of the identity, 0 or more. */
  readonly label: number;
  /** The encoded picture (JPEG). */
  readonly image: Uint8Array;
}

type Feature = { readonly kind: 'int64'; readonly value: number } | { readonly kind: 'bytes'; readonly value: Uint8Array };

/** Field numbers of example.proto and feature.proto. */
const field = { features: 1, featureMap: 1, mapKey: 1, mapValue: 2, bytesList: 1, int64List: 3, listValue: 1 } as const;

/** The Example as protobuf, features in the fixed order height, width, depth, label, image_raw: equal input gives equal bytes. */
export function encodeFaceExample(example: FaceExample): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(field.features, WireType.LengthDelimited).fork();
  writeFeature(writer, 'height', { kind: 'int64', value: example.height });
  writeFeature(writer, 'width', { kind: 'int64', value: example.width });
  writeFeature(writer, 'depth', { kind: 'int64', value: example.depth });
  writeFeature(writer, 'label', { kind: 'int64', value: example.label });
  writeFeature(writer, 'image_raw', { kind: 'bytes', value: example.image });
  return writer.join().finish();
}

/**
 * Reads an Example that this product or another TensorFlow program wrote. `height`, `width` and `depth` may be missing (0 then).
 * `image` shares memory with `bytes`.
 * @throws Error when the bytes are no Example or have no `label` (int64) or no `image_raw` (bytes)
 */
export function decodeFaceExample(bytes: Uint8Array): FaceExample {
  const found: FoundFeatures = {};
  const example = new WireCursor(bytes);
  while (example.next()) {
    if (isMessage(example, field.features)) readFeatures(bytes, example.message(), found);
  }
  const { label, image, height = 0, width = 0, depth = 0 } = found;
  if (label === undefined) throw new Error('it has no int64 feature "label"');
  if (image === undefined) throw new Error('it has no bytes feature "image_raw"');
  return { height, width, depth, label, image };
}

/** What an Example holds of a face record; features of another kind than expected count as absent. */
interface FoundFeatures {
  height?: number | undefined;
  width?: number | undefined;
  depth?: number | undefined;
  label?: number | undefined;
  image?: Uint8Array | undefined;
}

function writeFeature(writer: BinaryWriter, name: string, feature: Feature): void {
  writer.tag(field.featureMap, WireType.LengthDelimited).fork();
  writer.tag(field.mapKey, WireType.LengthDelimited).string(name);
  writer.tag(field.mapValue, WireType.LengthDelimited).fork();
  if (feature.kind === 'int64') {
    writer.tag(field.int64List, WireType.LengthDelimited).fork();
    writer.tag(field.listValue, WireType.LengthDelimited).fork().int64(feature.value).join();
    writer.join();
  } else {
    writer.tag(field.bytesList, WireType.LengthDelimited).fork();
    writer.tag(field.listValue, WireType.LengthDelimited).bytes(feature.value);
    writer.join();
  }
  writer.join().join();
}

function readFeatures(bytes: Uint8Array, features: WireCursor, found: FoundFeatures): void {
  while (features.next()) {
    if (!isMessage(features, field.featureMap)) continue;
    const entry = features.message();
    let name: string | undefined;
    let value: WireCursor | undefined;
    while (entry.next()) {
      if (isMessage(entry, field.mapKey)) name ??= textOf(bytes, entry.start, entry.end);
      else if (isMessage(entry, field.mapValue)) value ??= entry.message();
    }
    if (name !== undefined && value) takeFeature(bytes, name, value, found);
  }
}

function takeFeature(bytes: Uint8Array, name: string, value: WireCursor, found: FoundFeatures): void {
  switch (name) {
    case 'height':
    case 'width':
    case 'depth':
    case 'label':
      found[name] = readInt64(value);
      break;
    case 'image_raw':
      found.image = readBytes(bytes, value);
      break;
    default:
  }
}

function isMessage(cursor: WireCursor, fieldNumber: number): boolean {
  return cursor.field === fieldNumber && cursor.wireType === wireTypes.lengthDelimited;
}

/** Names of features are short and ASCII; longer ones are none of a face record's. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < Math.min(end, start + 16); i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** The first value of a Feature's BytesList, sharing memory with `bytes`. */
function readBytes(bytes: Uint8Array, feature: WireCursor): Uint8Array | undefined {
  while (feature.next()) {
    if (!isMessage(feature, field.bytesList)) continue;
    const list = feature.message();
    while (list.next()) {
      if (isMessage(list, field.listValue)) return bytes.subarray(list.start, list.end);
    }
  }
  return undefined;
}

/** The first value of a Feature's Int64List, packed (as written today) or not (as old writers did). */
function readInt64(feature: WireCursor): number | undefined {
  while (feature.next()) {
    if (!isMessage(feature, field.int64List)) continue;
    const list = feature.message();
    while (list.next()) {
      if (list.field !== field.listValue) continue;
      if (list.wireType === wireTypes.varint) return list.int64();
      if (list.wireType === wireTypes.lengthDelimited && list.end > list.start) return list.packedInt64();
    }
  }
  return undefined;
}
