/**
 * The tf.train.Example of one face crop (tensorflow/core/example/example.proto, feature.proto):
 * int64 features `height`, `width`, `depth`, `label`, and the bytes feature `image_raw`, a JPEG.
 * This is also what the training scripts of the original project read.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

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
  const features = readFeatures(bytes);
  const label = features.get('label');
  const image = features.get('image_raw');
  if (label?.kind !== 'int64') throw new Error('it has no int64 feature "label"');
  if (image?.kind !== 'bytes') throw new Error('it has no bytes feature "image_raw"');
  return {
    height: integerOr0(features.get('height')),
    width: integerOr0(features.get('width')),
    depth: integerOr0(features.get('depth')),
    label: label.value,
    image: image.value,
  };
}

function integerOr0(feature: Feature | undefined): number {
  return feature?.kind === 'int64' ? feature.value : 0;
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

function readFeatures(bytes: Uint8Array): Map<string, Feature> {
  const features = new Map<string, Feature>();
  for (const message of messagesOf(bytes, field.features)) {
    for (const entry of messagesOf(message, field.featureMap)) {
      const [name] = messagesOf(entry, field.mapKey);
      const [value] = messagesOf(entry, field.mapValue);
      const feature = value ? readFeature(value) : undefined;
      if (name && feature) features.set(new TextDecoder().decode(name), feature);
    }
  }
  return features;
}

/** The first value of a Feature; undefined for float features and empty lists, which a face record does not need. */
function readFeature(bytes: Uint8Array): Feature | undefined {
  const [bytesList] = messagesOf(bytes, field.bytesList);
  const [value] = bytesList ? messagesOf(bytesList, field.listValue) : [];
  if (value) return { kind: 'bytes', value };
  const [int64List] = messagesOf(bytes, field.int64List);
  const integer = int64List ? firstInt64(int64List) : undefined;
  return integer === undefined ? undefined : { kind: 'int64', value: integer };
}

/** The first of an Int64List, packed (as written today) or not (as old writers did). */
function firstInt64(list: Uint8Array): number | undefined {
  const reader = new BinaryReader(list);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field.listValue && wireType === WireType.Varint) return Number(reader.int64());
    if (number === field.listValue && wireType === WireType.LengthDelimited) {
      const packed = new BinaryReader(reader.bytes());
      return packed.len > 0 ? Number(packed.int64()) : undefined;
    }
    reader.skip(wireType, number);
  }
  return undefined;
}

/** The length-delimited values of one field, in order. */
function messagesOf(bytes: Uint8Array, fieldNumber: number): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === fieldNumber && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  return found;
}
