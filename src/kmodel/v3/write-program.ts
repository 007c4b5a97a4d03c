import { ByteWriter } from '../byte-writer';
import { encodeBatchNorm, encodeRegisters, encodeSegment } from './kpu-registers';
import { layerLayouts, type NumberType } from './layer-layouts';
import type { ConvLayer, Layer, Program } from './program';

/** Alignments in the file; the loader puts the file at a multiple of 256 (design document "k210-kmodel", section 1.4). */
const alignment = { body: 8, registers: 8, weights: 128, batchNorm: 128, activation: 256 } as const;

const formatVersion = 3;
const k210Architecture = 0;
const convOffsetCount = 4;

/**
 * Writes a kmodel of version 3, the inverse of `readProgram`.
 * @throws RangeError naming a register that a value does not fit
 */
export function writeProgram(program: Program): Uint8Array {
  const writer = new ByteWriter();
  const { layers, outputs } = program;
  for (const value of [
    formatVersion, program.weightBits === 8 ? 1 : 0, k210Architecture, layers.length, program.firstKpuLine, program.mainMemoryBytes, outputs.length,
  ]) writer.u32(value);
  for (const { addressBytes, sizeBytes } of outputs) {
    writer.u32(addressBytes);
    writer.u32(sizeBytes);
  }
  const tableAt = writer.position;
  for (const { kind } of layers) {
    writer.u32(layerLayouts[kind].type);
    writer.u32(0);
  }
  for (const [index, layer] of layers.entries()) {
    const start = writer.position;
    writeBody(writer, layer);
    writer.align(alignment.body);
    writer.setU32(tableAt + 8 * index + 4, writer.position - start);
  }
  return writer.finish();
}

function writeBody(writer: ByteWriter, layer: Layer): void {
  const numbers: Readonly<Record<string, unknown>> = { ...layer };
  const layout: Readonly<Record<string, NumberType>> = layerLayouts[layer.kind].numbers;
  for (const [field, type] of Object.entries(layout)) writer[type](numbers[field] as number);
  switch (layer.kind) {
    case 'requantize':
      return writer.u8s(layer.table);
    case 'concat':
    case 'quantizedConcat':
      return layer.inputs.forEach(({ start, sizeBytes }) => {
        writer.u32(start);
        writer.u32(sizeBytes);
      });
    case 'fullyConnected':
      writer.f32s(layer.weights);
      return writer.f32s(layer.bias);
    case 'channelwiseDequantize':
      return layer.parameters.forEach(({ scale, bias }) => {
        writer.f32(scale);
        writer.f32(bias);
      });
    case 'conv':
      return writeConv(writer, layer);
    default:
      return;
  }
}

function writeConv(writer: ByteWriter, { registers, weights, batchNorm, activation }: ConvLayer): void {
  const offsetsAt = writer.position;
  for (let i = 0; i < convOffsetCount; i++) writer.u32(0);
  const parts: readonly (readonly [number, () => void])[] = [
    [alignment.registers, () => encodeRegisters(registers).forEach((word) => writer.u64(word))],
    [alignment.weights, () => (weights instanceof Uint8Array ? writer.u8s(weights) : writer.u16s(weights))],
    [alignment.batchNorm, () => batchNorm.forEach((entry) => writer.u64(encodeBatchNorm(entry)))],
    [alignment.activation, () => {
      activation.forEach((segment) => writer.u64(encodeSegment(segment)));
      writer.u8s(Uint8Array.from(activation, ({ bias }) => bias));
    }],
  ];
  for (const [index, [bytes, write]] of parts.entries()) {
    writer.align(bytes);
    writer.setU32(offsetsAt + 4 * index, writer.position);
    write();
  }
}
