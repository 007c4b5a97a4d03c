import { ByteWriter } from '../../../src/kmodel/byte-writer';
import { encodeRegisters } from '../../../src/kmodel/v3/kpu-registers';
import type { ConvLayer } from '../../../src/kmodel/v3/program';

const mainMemory = 1;
const float32 = 0;
const uint8 = 1;

/** A kmodel of version 4 as nncase 0.2 writes it: an upload, a convolution on the KPU and a dequantization. */
export function versionFourFile({ registers, weights }: ConvLayer): Uint8Array {
  const writer = new ByteWriter();
  const numbers = (...values: readonly number[]): void => values.forEach((value) => writer.u32(value));
  const range = (type: number, start: number, size: number): void => numbers(mainMemory, type, start, size);
  const constants = Uint8Array.from({ length: 24 }, (_, i) => i);
  // Identifier, version, flags, target, constants, main memory, nodes, inputs, outputs, reserved.
  numbers(0x4b4d444c, 4, 0, 1, constants.length, 4096, 3, 1, 1, 0);
  range(uint8, 0, 192);
  numbers(1, registers.inputChannels + 1, registers.inputHeight + 1, registers.inputWidth + 1);
  range(float32, 512, 64);
  writer.u8s(constants);
  const tableAt = writer.position;
  numbers(0x2001, 0, 0x2002, 0, 0x03, 0);
  const bodies = [
    () => numbers(mainMemory, uint8, 0, 192, 2, uint8, 0, 64, 1, 3, 8, 8),
    () => {
      numbers(0, 0, 0, 0, 1, 0);
      encodeRegisters(registers).forEach((word) => writer.u64(word));
      writer.align(256);
      writer.u8s(Uint8Array.from(weights));
    },
    () => {
      numbers(mainMemory, uint8, 0, 64, mainMemory, float32, 512, 256, 3);
      writer.f32(0.5);
    },
  ];
  bodies.forEach((write, node) => {
    const start = writer.position;
    write();
    writer.align(8);
    writer.setU32(tableAt + 8 * node + 4, writer.position - start);
  });
  return writer.finish();
}
