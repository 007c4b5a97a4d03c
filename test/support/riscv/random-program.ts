import type { SeededRandom } from '../../../src/base/random';

/** A straight piece of RV64IMAC code without traps, for comparing processors. */
export interface RandomProgram {
  /** To be placed at 0x80000000; execution ends behind its last byte. */
  readonly code: Uint8Array;
  /** Values of registers 1 to 31 at the start. */
  readonly registers: readonly bigint[];
  /** Memory at `dataAddress` at the start. */
  readonly data: Uint8Array;
}

export const codeAddress = 0x80000000;
export const dataAddress = 0x80010000;
export const dataBytes = 256;

/** Never written by a program: addresses of the data for loads and stores (2 and 8 are those of compressed ones), and for atomics. */
const dataRegister = 31;
const compressedDataRegisters = [2, 8] as const;
const atomicRegister = 30;
const instructionCount = 60;

const edgeValues = [0n, 1n, 0xffff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000n, 0x7fff_ffffn, 0xffff_ffffn, 0xffff_ffff_8000_0000n, 31n, 32n, 63n, 64n];

type Pick = (count: number) => number;

/** The same program for the same state of `random`. */
export function randomProgram(random: SeededRandom): RandomProgram {
  const pick: Pick = (count) => random.below(count);
  const word = (): bigint => BigInt(pick(0x1_0000)) | (BigInt(pick(0x1_0000)) << 16n) | (BigInt(pick(0x1_0000)) << 32n) | (BigInt(pick(0x1_0000)) << 48n);
  const registers = Array.from({ length: 31 }, () => (pick(3) === 0 ? (edgeValues[pick(edgeValues.length)] ?? 0n) : word()));
  for (const register of [dataRegister, ...compressedDataRegisters]) registers[register - 1] = BigInt(dataAddress);
  registers[atomicRegister - 1] = BigInt(dataAddress + 8 * pick(dataBytes / 8));
  const code: number[] = [];
  for (let i = 0; i < instructionCount; i++) {
    for (const instruction of randomInstructions(pick)) emit(code, instruction);
  }
  return { code: Uint8Array.from(code), registers, data: Uint8Array.from({ length: dataBytes }, () => pick(256)) };
}

function emit(code: number[], instruction: number): void {
  const bytes = (instruction & 3) === 3 ? 4 : 2;
  for (let i = 0; i < bytes; i++) code.push((instruction >>> (8 * i)) & 0xff);
}

function randomInstructions(pick: Pick): number[] {
  const kinds = [immediateInstruction, registerInstruction, registerInstruction, upperInstruction, memoryInstruction, atomicInstruction, compressedInstruction, compressedInstruction, compressedMemory];
  if (pick(8) === 0) return [branchOverFourBytes(pick), registerInstruction(pick)];
  if (pick(30) === 0) return reservedPair(pick);
  return [(kinds[pick(kinds.length)] ?? upperInstruction)(pick)];
}

/** Any register that a program may write: 0 to 15 without those of addresses. */
function target(pick: Pick): number {
  const register = pick(16);
  return register === 2 || register === 8 ? 0 : register;
}

function immediateInstruction(pick: Pick): number {
  const isWord = pick(2) === 1;
  const function3 = isWord ? [0, 1, 5][pick(3)] ?? 0 : pick(8);
  const isShift = function3 === 1 || function3 === 5;
  const shift = pick(isWord ? 32 : 64) | (function3 === 5 && pick(2) === 1 ? 0x400 : 0);
  const immediate = isShift ? shift : pick(4096);
  return (immediate << 20) | (pick(32) << 15) | (function3 << 12) | (target(pick) << 7) | (isWord ? 0x1b : 0x13);
}

function registerInstruction(pick: Pick): number {
  const isWord = pick(2) === 1;
  const kind = [0, 1, 1, 0x20][pick(4)] ?? 0;
  const choices = kind === 0x20 ? [0, 5] : !isWord ? [0, 1, 2, 3, 4, 5, 6, 7] : kind === 1 ? [0, 4, 5, 6, 7] : [0, 1, 5];
  const function3 = choices[pick(choices.length)] ?? 0;
  return (kind << 25) | (pick(32) << 20) | (pick(32) << 15) | (function3 << 12) | (target(pick) << 7) | (isWord ? 0x3b : 0x33);
}

function upperInstruction(pick: Pick): number {
  return (pick(0x10_0000) << 12) | (target(pick) << 7) | (pick(2) === 0 ? 0x37 : 0x17);
}

function memoryInstruction(pick: Pick): number {
  const isStore = pick(2) === 1;
  const function3 = pick(isStore ? 4 : 7);
  const size = 1 << (function3 & 3);
  const offset = size * pick(dataBytes / size);
  if (!isStore) return (offset << 20) | (dataRegister << 15) | (function3 << 12) | (target(pick) << 7) | 0x03;
  return ((offset >> 5) << 25) | (pick(32) << 20) | (dataRegister << 15) | (function3 << 12) | ((offset & 31) << 7) | 0x23;
}

function atomicInstruction(pick: Pick): number {
  const kinds = [0, 1, 4, 8, 12, 16, 20, 24, 28];
  return atomicCode(kinds[pick(kinds.length)] ?? 0, pick(32), 2 + pick(2), target(pick));
}

/** A load with reservation and its conditional store, one after the other: whether a store between them ends the reservation is left open by the manual. */
function reservedPair(pick: Pick): number[] {
  const width = 2 + pick(2);
  return [atomicCode(2, 0, width, target(pick)), atomicCode(3, pick(32), width, target(pick))];
}

function atomicCode(kind: number, operand: number, function3: number, rd: number): number {
  return (kind << 27) | (operand << 20) | (atomicRegister << 15) | (function3 << 12) | (rd << 7) | 0x2f;
}

/** A branch or jump, compressed or not, that skips one instruction of four bytes when it is taken. */
function branchOverFourBytes(pick: Pick): number {
  const function3 = [0, 1, 4, 5, 6, 7][pick(6)] ?? 0;
  const choices = [
    (pick(32) << 20) | (pick(32) << 15) | (function3 << 12) | (8 << 7) | 0x63,
    (pick(32) << 20) | (pick(32) << 15) | (function3 << 12) | (8 << 7) | 0x63,
    (4 << 21) | (target(pick) << 7) | 0x6f,
    // c.j, c.beqz, c.bnez by 6
    0xa001 | (3 << 3),
    0xc001 | (pick(8) << 7) | (3 << 3),
    0xe001 | (pick(8) << 7) | (3 << 3),
  ];
  return choices[pick(choices.length)] ?? 0;
}

function compressedMemory(pick: Pick): number {
  const other = 1 + pick(7);
  const field = pick(32);
  const rd = [1, 3, 4, 5, 6, 7, 9, 10][pick(8)] ?? 1;
  const choices = [
    // lw, ld, sw, sd of register 8
    0x4000 | (pick(8) << 10) | ((field & 3) << 5) | (other << 2),
    0x6000 | (pick(8) << 10) | ((field & 3) << 5) | (other << 2),
    0xc000 | (pick(8) << 10) | ((field & 3) << 5) | (other << 2),
    0xe000 | (pick(8) << 10) | ((field & 3) << 5) | (other << 2),
    // lwsp, ldsp below 256, swsp, sdsp below 256
    0x4002 | (pick(2) << 12) | (rd << 7) | (field << 2),
    0x6002 | (pick(2) << 12) | (rd << 7) | ((field & 0x1b) << 2),
    0xc002 | (pick(64) << 7) | (field << 2),
    0xe002 | ((pick(64) & 0x3b) << 7) | (field << 2),
  ];
  return choices[pick(choices.length)] ?? 0;
}

function compressedInstruction(pick: Pick): number {
  const rd = [1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15][pick(13)] ?? 1;
  const low = pick(32);
  const high = pick(2) << 12;
  const short = 1 + pick(7);
  const other = pick(8);
  const choices = [
    // addi, addiw, li, lui (not 0), slli
    0x0001 | high | (rd << 7) | (low << 2),
    0x2001 | high | (rd << 7) | (low << 2),
    0x4001 | high | (rd << 7) | (low << 2),
    0x6001 | high | (rd << 7) | ((low === 0 ? 1 : low) << 2),
    0x0002 | high | (rd << 7) | (low << 2),
    // srli, srai, andi
    0x8001 | high | (pick(3) << 10) | (short << 7) | (low << 2),
    // sub, xor, or, and; subw, addw
    0x8c01 | (short << 7) | (pick(4) << 5) | (other << 2),
    0x9c01 | (short << 7) | (pick(2) << 5) | (other << 2),
    // mv, add
    0x8002 | (rd << 7) | ((1 + pick(31)) << 2),
    0x9002 | (rd << 7) | ((1 + pick(31)) << 2),
    // addi4spn (not 0)
    0x0000 | ((1 + pick(255)) << 5) | (short << 2),
  ];
  return choices[pick(choices.length)] ?? 0x0001;
}
