import { instruction, Op, signExtend, type Instruction } from './instruction';

const stackPointer = 2;
const returnAddress = 1;

/** Decodes a 16-bit instruction without floating point (The RISC-V Instruction Set Manual, volume I, chapter C, RV64). */
export function decodeCompressed(code: number): Instruction {
  switch (code & 3) {
    case 0: return decodeMemory(code);
    case 1: return decodeArithmetic(code);
    default: return decodeStack(code);
  }
}

function decodeMemory(code: number): Instruction {
  const low = shortRegister(code >>> 2);
  const base = shortRegister(code >>> 7);
  const word = (bits(code, 10, 3) << 3) | (bits(code, 6, 1) << 2) | (bits(code, 5, 1) << 6);
  const double = (bits(code, 10, 3) << 3) | (bits(code, 5, 2) << 6);
  switch (code >>> 13) {
    case 0: {
      const offset = (bits(code, 11, 2) << 4) | (bits(code, 7, 4) << 6) | (bits(code, 6, 1) << 2) | (bits(code, 5, 1) << 3);
      return instruction(offset === 0 ? Op.Illegal : Op.Addi, 2, { rd: low, rs1: stackPointer, immediate: offset });
    }
    case 2: return instruction(Op.Lw, 2, { rd: low, rs1: base, immediate: word });
    case 3: return instruction(Op.Ld, 2, { rd: low, rs1: base, immediate: double });
    case 6: return instruction(Op.Sw, 2, { rs1: base, rs2: low, immediate: word });
    case 7: return instruction(Op.Sd, 2, { rs1: base, rs2: low, immediate: double });
    default: return instruction(Op.Illegal, 2);
  }
}

function decodeArithmetic(code: number): Instruction {
  const rd = bits(code, 7, 5);
  const immediate = signExtend((bits(code, 12, 1) << 5) | bits(code, 2, 5), 6);
  switch (code >>> 13) {
    case 0: return instruction(Op.Addi, 2, { rd, rs1: rd, immediate });
    case 1: return instruction(rd === 0 ? Op.Illegal : Op.Addiw, 2, { rd, rs1: rd, immediate });
    case 2: return instruction(Op.Addi, 2, { rd, immediate });
    case 3: return rd === stackPointer ? addToStackPointer(code) : instruction(immediate === 0 ? Op.Illegal : Op.Lui, 2, { rd, immediate: immediate << 12 });
    case 4: return decodeShortRegisters(code, immediate);
    case 5: return instruction(Op.Jal, 2, { immediate: jumpOffset(code) });
    case 6: return instruction(Op.Beq, 2, { rs1: shortRegister(code >>> 7), immediate: branchOffset(code) });
    default: return instruction(Op.Bne, 2, { rs1: shortRegister(code >>> 7), immediate: branchOffset(code) });
  }
}

function addToStackPointer(code: number): Instruction {
  const scaled = (bits(code, 12, 1) << 9) | (bits(code, 6, 1) << 4) | (bits(code, 5, 1) << 6) | (bits(code, 3, 2) << 7) | (bits(code, 2, 1) << 5);
  const immediate = signExtend(scaled, 10);
  return instruction(immediate === 0 ? Op.Illegal : Op.Addi, 2, { rd: stackPointer, rs1: stackPointer, immediate });
}

function decodeShortRegisters(code: number, immediate: number): Instruction {
  const rd = shortRegister(code >>> 7);
  const rs2 = shortRegister(code >>> 2);
  const shift = immediate & 63;
  switch (bits(code, 10, 2)) {
    case 0: return instruction(Op.Srli, 2, { rd, rs1: rd, immediate: shift });
    case 1: return instruction(Op.Srai, 2, { rd, rs1: rd, immediate: shift });
    case 2: return instruction(Op.Andi, 2, { rd, rs1: rd, immediate });
    default: {
      const ops = bits(code, 12, 1) === 0 ? [Op.Sub, Op.Xor, Op.Or, Op.And] : [Op.Subw, Op.Addw];
      return instruction(ops[bits(code, 5, 2)] ?? Op.Illegal, 2, { rd, rs1: rd, rs2 });
    }
  }
}

function decodeStack(code: number): Instruction {
  const rd = bits(code, 7, 5);
  const rs2 = bits(code, 2, 5);
  switch (code >>> 13) {
    case 0: return instruction(Op.Slli, 2, { rd, rs1: rd, immediate: (bits(code, 12, 1) << 5) | rs2 });
    case 2: return instruction(rd === 0 ? Op.Illegal : Op.Lw, 2, { rd, rs1: stackPointer, immediate: (bits(code, 12, 1) << 5) | (bits(code, 4, 3) << 2) | (bits(code, 2, 2) << 6) });
    case 3: return instruction(rd === 0 ? Op.Illegal : Op.Ld, 2, { rd, rs1: stackPointer, immediate: (bits(code, 12, 1) << 5) | (bits(code, 5, 2) << 3) | (bits(code, 2, 3) << 6) });
    case 4: return decodeJumpOrMove(code, rd, rs2);
    case 6: return instruction(Op.Sw, 2, { rs1: stackPointer, rs2, immediate: (bits(code, 9, 4) << 2) | (bits(code, 7, 2) << 6) });
    case 7: return instruction(Op.Sd, 2, { rs1: stackPointer, rs2, immediate: (bits(code, 10, 3) << 3) | (bits(code, 7, 3) << 6) });
    default: return instruction(Op.Illegal, 2);
  }
}

function decodeJumpOrMove(code: number, rd: number, rs2: number): Instruction {
  const links = bits(code, 12, 1) === 1;
  if (rs2 !== 0) return instruction(Op.Add, 2, { rd, rs1: links ? rd : 0, rs2 });
  if (rd === 0) return instruction(links ? Op.Ebreak : Op.Illegal, 2);
  return instruction(Op.Jalr, 2, { rd: links ? returnAddress : 0, rs1: rd });
}

function jumpOffset(code: number): number {
  const offset =
    (bits(code, 12, 1) << 11) | (bits(code, 11, 1) << 4) | (bits(code, 9, 2) << 8) | (bits(code, 8, 1) << 10) |
    (bits(code, 7, 1) << 6) | (bits(code, 6, 1) << 7) | (bits(code, 3, 3) << 1) | (bits(code, 2, 1) << 5);
  return signExtend(offset, 12);
}

function branchOffset(code: number): number {
  const offset = (bits(code, 12, 1) << 8) | (bits(code, 10, 2) << 3) | (bits(code, 5, 2) << 6) | (bits(code, 3, 2) << 1) | (bits(code, 2, 1) << 5);
  return signExtend(offset, 9);
}

/** Registers 8 to 15, the ones that three bits name. */
function shortRegister(field: number): number {
  return 8 + (field & 7);
}

function bits(code: number, from: number, count: number): number {
  return (code >>> from) & ((1 << count) - 1);
}
