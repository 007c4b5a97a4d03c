import { decodeCompressed } from './decode-compressed';
import { instruction, Op, signExtend, type Instruction } from './instruction';

const loads = [Op.Lb, Op.Lh, Op.Lw, Op.Ld, Op.Lbu, Op.Lhu, Op.Lwu];
const stores = [Op.Sb, Op.Sh, Op.Sw, Op.Sd];
const branches = [Op.Beq, Op.Bne, Op.Illegal, Op.Illegal, Op.Blt, Op.Bge, Op.Bltu, Op.Bgeu];
const immediates = [Op.Addi, Op.Slli, Op.Slti, Op.Sltiu, Op.Xori, Op.Srli, Op.Ori, Op.Andi];
const registers = [Op.Add, Op.Sll, Op.Slt, Op.Sltu, Op.Xor, Op.Srl, Op.Or, Op.And];
const products = [Op.Mul, Op.Mulh, Op.Mulhsu, Op.Mulhu, Op.Div, Op.Divu, Op.Rem, Op.Remu];
const productWords = [Op.Mulw, Op.Illegal, Op.Illegal, Op.Illegal, Op.Divw, Op.Divuw, Op.Remw, Op.Remuw];
const csrs = [Op.Illegal, Op.Csrrw, Op.Csrrs, Op.Csrrc, Op.Illegal, Op.Csrrwi, Op.Csrrsi, Op.Csrrci];
const amoFunctions = new Set([0, 1, 4, 8, 12, 16, 20, 24, 28]);

/**
 * Decodes one instruction (The RISC-V Instruction Set Manual, volume I, chapters RV32I, RV64I, M, A, C and Zicsr).
 * @param code 32 bits from the instruction's address on; of a compressed one the low half counts
 */
export function decode(code: number): Instruction {
  if ((code & 3) !== 3) return decodeCompressed(code & 0xffff);
  const rd = (code >>> 7) & 31;
  const rs1 = (code >>> 15) & 31;
  const rs2 = (code >>> 20) & 31;
  const function3 = (code >>> 12) & 7;
  const immediateI = code >> 20;
  switch (code & 0x7f) {
    case 0x37: return instruction(Op.Lui, 4, { rd, immediate: code & 0xfffff000 });
    case 0x17: return instruction(Op.Auipc, 4, { rd, immediate: code & 0xfffff000 });
    case 0x6f: return instruction(Op.Jal, 4, { rd, immediate: jumpOffset(code) });
    case 0x67: return instruction(function3 === 0 ? Op.Jalr : Op.Illegal, 4, { rd, rs1, immediate: immediateI });
    case 0x63: return instruction(branches[function3] ?? Op.Illegal, 4, { rs1, rs2, immediate: branchOffset(code) });
    case 0x03: return instruction(loads[function3] ?? Op.Illegal, 4, { rd, rs1, immediate: immediateI });
    case 0x23: return instruction(stores[function3] ?? Op.Illegal, 4, { rs1, rs2, immediate: (immediateI & ~31) | rd });
    case 0x13: return decodeImmediate(code, rd, rs1, function3);
    case 0x1b: return decodeImmediateWord(code, rd, rs1, function3);
    case 0x33: return instruction(registerOp(code, function3), 4, { rd, rs1, rs2 });
    case 0x3b: return instruction(registerWordOp(code, function3), 4, { rd, rs1, rs2 });
    case 0x2f: return decodeAtomic(code, rd, rs1, rs2, function3);
    case 0x0f: return instruction(function3 <= 1 ? Op.Fence : Op.Illegal, 4);
    case 0x73: return decodeSystem(code, rd, rs1, function3);
    default: return instruction(Op.Illegal, 4);
  }
}

function decodeImmediate(code: number, rd: number, rs1: number, function3: number): Instruction {
  const isShift = function3 === 1 || function3 === 5;
  if (!isShift) return instruction(immediates[function3] ?? Op.Illegal, 4, { rd, rs1, immediate: code >> 20 });
  const kind = code >>> 26;
  const op = kind === 0 ? (immediates[function3] ?? Op.Illegal) : kind === 0x10 && function3 === 5 ? Op.Srai : Op.Illegal;
  return instruction(op, 4, { rd, rs1, immediate: (code >>> 20) & 63 });
}

function decodeImmediateWord(code: number, rd: number, rs1: number, function3: number): Instruction {
  if (function3 === 0) return instruction(Op.Addiw, 4, { rd, rs1, immediate: code >> 20 });
  const kind = code >>> 25;
  const op = kind === 0 && function3 === 1 ? Op.Slliw : kind === 0 && function3 === 5 ? Op.Srliw : kind === 0x20 && function3 === 5 ? Op.Sraiw : Op.Illegal;
  return instruction(op, 4, { rd, rs1, immediate: (code >>> 20) & 31 });
}

function registerOp(code: number, function3: number): Op {
  switch (code >>> 25) {
    case 0: return registers[function3] ?? Op.Illegal;
    case 1: return products[function3] ?? Op.Illegal;
    case 0x20: return function3 === 0 ? Op.Sub : function3 === 5 ? Op.Sra : Op.Illegal;
    default: return Op.Illegal;
  }
}

function registerWordOp(code: number, function3: number): Op {
  switch (code >>> 25) {
    case 0: return function3 === 0 ? Op.Addw : function3 === 1 ? Op.Sllw : function3 === 5 ? Op.Srlw : Op.Illegal;
    case 1: return productWords[function3] ?? Op.Illegal;
    case 0x20: return function3 === 0 ? Op.Subw : function3 === 5 ? Op.Sraw : Op.Illegal;
    default: return Op.Illegal;
  }
}

function decodeAtomic(code: number, rd: number, rs1: number, rs2: number, function3: number): Instruction {
  if (function3 !== 2 && function3 !== 3) return instruction(Op.Illegal, 4);
  const isWord = function3 === 2;
  const kind = code >>> 27;
  if (kind === 2) return instruction(rs2 !== 0 ? Op.Illegal : isWord ? Op.LrW : Op.LrD, 4, { rd, rs1 });
  if (kind === 3) return instruction(isWord ? Op.ScW : Op.ScD, 4, { rd, rs1, rs2 });
  if (!amoFunctions.has(kind)) return instruction(Op.Illegal, 4);
  return instruction(isWord ? Op.AmoW : Op.AmoD, 4, { rd, rs1, rs2, immediate: kind });
}

function decodeSystem(code: number, rd: number, rs1: number, function3: number): Instruction {
  if (function3 !== 0) return instruction(csrs[function3] ?? Op.Illegal, 4, { rd, rs1, immediate: code >>> 20 });
  if (code === 0x00000073) return instruction(Op.Ecall, 4);
  if (code === 0x00100073) return instruction(Op.Ebreak, 4);
  return instruction(code === 0x10500073 ? Op.Wfi : Op.Illegal, 4);
}

function jumpOffset(code: number): number {
  const bits = ((code >>> 31) << 20) | (((code >>> 12) & 0xff) << 12) | (((code >>> 20) & 1) << 11) | (((code >>> 21) & 0x3ff) << 1);
  return signExtend(bits, 21);
}

function branchOffset(code: number): number {
  const bits = ((code >>> 31) << 12) | (((code >>> 7) & 1) << 11) | (((code >>> 25) & 0x3f) << 5) | (((code >>> 8) & 15) << 1);
  return signExtend(bits, 13);
}
