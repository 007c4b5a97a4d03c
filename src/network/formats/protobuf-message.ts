import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Writes the fields of one protocol buffer message after the other, by field number. */
export class MessageWriter {
  private readonly writer = new BinaryWriter();

  text(field: number, value: string): this {
    this.writer.tag(field, WireType.LengthDelimited).string(value);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.writer.tag(field, WireType.LengthDelimited).bytes(value);
    return this;
  }

  /** A varint: int32, int64, bool or enum. */
  int(field: number, value: number): this {
    this.writer.tag(field, WireType.Varint).int64(value);
    return this;
  }

  float(field: number, value: number): this {
    this.writer.tag(field, WireType.Bit32).float(value);
    return this;
  }

  packedInts(field: number, values: readonly number[]): this {
    this.writer.tag(field, WireType.LengthDelimited).fork();
    for (const value of values) this.writer.int64(value);
    this.writer.join();
    return this;
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return this.writer.finish();
  }
}

/** A parsed message: its fields in order of appearance, not yet interpreted. */
export class MessageReader {
  private constructor(private readonly fields: ReadonlyMap<number, readonly (number | Uint8Array)[]>) {}

  /** @throws Error when the bytes are not a protocol buffer message */
  static parse(bytes: Uint8Array): MessageReader {
    const reader = new BinaryReader(bytes);
    const fields = new Map<number, (number | Uint8Array)[]>();
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      const values = fields.get(field) ?? [];
      fields.set(field, values);
      if (wireType === WireType.Varint) values.push(Number(reader.int64()));
      else if (wireType === WireType.LengthDelimited) values.push(reader.bytes());
      else if (wireType === WireType.Bit32) values.push(reader.float());
      else reader.skip(wireType, field);
    }
    return new MessageReader(fields);
  }

  /** The last value of a numeric field, as protocol buffers define it; 0 when absent. */
  number(field: number): number {
    return this.fields.get(field)?.findLast((value) => typeof value === 'number') ?? 0;
  }

  bytes(field: number): Uint8Array {
    return this.allBytes(field).at(-1) ?? new Uint8Array(0);
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  message(field: number): MessageReader {
    return MessageReader.parse(this.bytes(field));
  }

  messages(field: number): MessageReader[] {
    return this.allBytes(field).map((bytes) => MessageReader.parse(bytes));
  }

  texts(field: number): string[] {
    return this.allBytes(field).map((bytes) => Buffer.from(bytes).toString('utf8'));
  }

  /** A repeated integer field, packed or not. */
  ints(field: number): number[] {
    return (this.fields.get(field) ?? []).flatMap((value) => {
      if (typeof value === 'number') return [value];
      const reader = new BinaryReader(value);
      const values: number[] = [];
      while (reader.pos < reader.len) values.push(Number(reader.int64()));
      return values;
    });
  }

  /** A repeated float field, packed or not. */
  floats(field: number): number[] {
    return (this.fields.get(field) ?? []).flatMap((value) => {
      if (typeof value === 'number') return [value];
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      return Array.from({ length: Math.floor(value.length / 4) }, (_, i) => view.getFloat32(4 * i, true));
    });
  }

  private allBytes(field: number): Uint8Array[] {
    return (this.fields.get(field) ?? []).filter((value) => value instanceof Uint8Array);
  }
}
