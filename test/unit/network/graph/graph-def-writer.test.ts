import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { encodeGraphDef } from '../../../../src/network/graph/graph-def-writer';
import type { AttrValue, GraphDef } from '../../../../src/network/graph/graph-def';

type Fields = Map<number, (bigint | number | Uint8Array)[]>;

/** A message as its fields by number, without knowledge of its type. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Fields = new Map();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value = type === WireType.Varint ? BigInt(reader.int64()) : type === WireType.Bit32 ? reader.float() : reader.bytes();
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

function only(fields: Fields, field: number): bigint | number | Uint8Array | undefined {
  return fields.get(field)?.[0];
}

function message(value: bigint | number | Uint8Array | undefined): Fields {
  assert.ok(value instanceof Uint8Array);
  return fieldsOf(value);
}

function text(value: bigint | number | Uint8Array | undefined): string {
  assert.ok(value instanceof Uint8Array);
  return Buffer.from(value).toString();
}

function varints(value: bigint | number | Uint8Array | undefined): number[] {
  assert.ok(value instanceof Uint8Array);
  const reader = new BinaryReader(value);
  const numbers: number[] = [];
  while (reader.pos < reader.len) numbers.push(Number(reader.int64()));
  return numbers;
}

/** Encodes one attribute of one node; returns the fields of its AttrValue. */
function encodeAttr(value: AttrValue): Fields {
  const graph = fieldsOf(encodeGraphDef({ nodes: [{ name: 'n', op: 'Op', inputs: [], attrs: { key: value } }] }));
  const entry = message(only(message(only(graph, 1)), 5));
  assert.equal(text(only(entry, 1)), 'key');
  return message(only(entry, 2));
}

test('nodes keep names, operations and inputs; versions follow', () => {
  const name = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(fc.array(fc.record({ name, op: name, inputs: fc.array(name) })), (nodes) => {
      const graph: GraphDef = { nodes: nodes.map((node) => ({ ...node, attrs: {} })) };
      const fields = fieldsOf(encodeGraphDef(graph));
      const read = (fields.get(1) ?? []).map(message).map((node) => ({
        name: text(only(node, 1)), op: text(only(node, 2)), inputs: (node.get(3) ?? []).map(text),
      }));
      assert.deepEqual(read, nodes.map(({ name: own, op, inputs }) => ({ name: toWellFormed(own), op: toWellFormed(op), inputs: inputs.map(toWellFormed) })));
      const versions = message(only(fields, 4));
      assert.deepEqual([only(versions, 1), only(versions, 2)], [1087n, 12n]);
    }),
  );
});

function toWellFormed(value: string): string {
  return Buffer.from(value).toString();
}

test('attributes of every kind lie in their field of AttrValue', () => {
  assert.equal(text(only(encodeAttr({ kind: 'string', value: 'NHWC' }), 2)), 'NHWC');
  assert.equal(only(encodeAttr({ kind: 'int', value: -3 }), 3), -3n);
  assert.equal(only(encodeAttr({ kind: 'float', value: 0.25 }), 4), 0.25);
  assert.equal(only(encodeAttr({ kind: 'bool', value: true }), 5), 1n);
  assert.equal(only(encodeAttr({ kind: 'type', value: 'int64' }), 6), 9n);
  assert.deepEqual(varints(only(message(only(encodeAttr({ kind: 'ints', value: [1, 2, 300, -1] }), 1)), 3)), [1, 2, 300, -1]);
  assert.deepEqual(varints(only(message(only(encodeAttr({ kind: 'types', value: ['float32', 'bool'] }), 1)), 6)), [1, 10]);
  const shape = message(only(encodeAttr({ kind: 'shape', value: [-1, 112] }), 7));
  assert.deepEqual((shape.get(2) ?? []).map((dimension) => only(message(dimension), 1)), [-1n, 112n]);
});

test('tensors carry type, shape and little-endian content', () => {
  const data = Float32Array.of(0, 1, 2, 3, 4).subarray(1, 4);
  const tensor = message(only(encodeAttr({ kind: 'tensor', value: { dtype: 'float32', shape: [3], data } }), 8));
  assert.equal(only(tensor, 1), 1n);
  const content = Buffer.from(only(tensor, 4) as Uint8Array);
  assert.deepEqual([0, 4, 8].map((offset) => content.readFloatLE(offset)), [1, 2, 3]);
  const strings = message(only(encodeAttr({ kind: 'tensor', value: { dtype: 'string', shape: [2], data: [Buffer.from('a'), Buffer.from('')] } }), 8));
  assert.deepEqual((strings.get(8) ?? []).map(text), ['a', '']);
});
