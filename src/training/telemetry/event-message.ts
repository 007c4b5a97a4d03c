import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What one record of an event file says (tensorflow.Event, tensorflow/core/util/event.proto). */
export interface EventMessage {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly content:
    /** The first record of every file. */
    | { readonly kind: 'version' }
    /** A serialized GraphDef. */
    | { readonly kind: 'graph'; readonly graph: Uint8Array }
    /** TensorBoard takes back what it has of this step and later ones. */
    | { readonly kind: 'start' }
    | { readonly kind: 'scalars'; readonly values: ReadonlyMap<string, number> }
    /** Markdown for the text page. */
    | { readonly kind: 'text'; readonly tag: string; readonly text: string };
}

/** The version that lets TensorBoard obey `start` records (event_accumulator.py: from 2 on). */
const fileVersion = 'brain.Event:2';
/** tensorflow.SessionLog.START */
const sessionStart = 1;
/** tensorflow.DT_STRING */
const stringType = 7;
/** tensorboard.DataClass */
const dataClasses = { scalar: 1, tensor: 2 } as const;

/** @returns the message as a record's content */
export function encodeEvent({ wallTime, step, content }: EventMessage): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallTime);
  writer.tag(2, WireType.Varint).int64(step);
  switch (content.kind) {
    case 'version':
      writer.tag(3, WireType.LengthDelimited).string(fileVersion);
      break;
    case 'graph':
      writer.tag(4, WireType.LengthDelimited).bytes(content.graph);
      break;
    case 'start':
      message(writer, 7, () => writer.tag(1, WireType.Varint).int32(sessionStart));
      break;
    case 'scalars':
      message(writer, 5, () => {
        for (const [tag, value] of content.values) message(writer, 1, () => writeScalar(writer, tag, value));
      });
      break;
    case 'text':
      message(writer, 5, () => message(writer, 1, () => writeText(writer, content.tag, content.text)));
      break;
  }
  return writer.finish();
}

function writeScalar(writer: BinaryWriter, tag: string, value: number): void {
  writer.tag(1, WireType.LengthDelimited).string(tag);
  writer.tag(2, WireType.Bit32).float(value);
  writeMetadata(writer, 'scalars', dataClasses.scalar);
}

function writeText(writer: BinaryWriter, tag: string, text: string): void {
  writer.tag(1, WireType.LengthDelimited).string(tag);
  message(writer, 8, () => {
    writer.tag(1, WireType.Varint).int32(stringType);
    message(writer, 2, () => message(writer, 2, () => writer.tag(1, WireType.Varint).int64(1)));
    writer.tag(8, WireType.LengthDelimited).string(text);
  });
  writeMetadata(writer, 'text', dataClasses.tensor);
}

/** tensorflow.SummaryMetadata: which page of TensorBoard shows the value. */
function writeMetadata(writer: BinaryWriter, plugin: string, dataClass: number): void {
  message(writer, 9, () => {
    message(writer, 1, () => writer.tag(1, WireType.LengthDelimited).string(plugin));
    writer.tag(4, WireType.Varint).int32(dataClass);
  });
}

function message(writer: BinaryWriter, field: number, body: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  body();
  writer.join();
}
