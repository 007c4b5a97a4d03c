import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { GraphDef } from '../../src/network/graph/graph-def';
import { encodeGraphDef } from '../../src/network/graph/graph-def-writer';

/** A tensorflow.SavedModel (saved_model.proto) without variables: one float32 input, one output, tag "serve". */
export function encodeSavedModel(graph: GraphDef, input: string, output: string): Uint8Array {
  const text = (value: string): Uint8Array => Buffer.from(value);
  const metaInfo = fields([4, text('serve')], [5, text('2.21.0')]);
  const tensorInfo = (name: string): Uint8Array => fields([1, text(`${name}:0`)], [2, 1], [3, fields()]);
  const entry = (name: string): Uint8Array => fields([1, text(name)], [2, tensorInfo(name)]);
  const signature = fields([1, entry(input)], [2, entry(output)], [3, text('tensorflow/serving/predict')]);
  const metaGraph = fields([1, metaInfo], [2, encodeGraphDef(graph)], [5, fields([1, text('serving_default')], [2, signature])]);
  return fields([1, 1], [2, metaGraph]);
}

function fields(...entries: readonly (readonly [number, number | Uint8Array])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, value] of entries) {
    if (typeof value === 'number') writer.tag(field, WireType.Varint).int32(value);
    else writer.tag(field, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}
