/** Operations of RV64IMAC after decoding; compressed forms are decoded to the ones they stand for. */
export enum Op {
  Undecoded, Illegal,
  Lui, Auipc, Jal, Jalr,
  Beq, Bne, Blt, Bge, Bltu, Bgeu,
  Lb, Lh, Lw, Ld, Lbu, Lhu, Lwu,
  Sb, Sh, Sw, Sd,
  Addi, Slti, Sltiu, Xori, Ori, Andi, Slli, Srli, Srai,
  Add, Sub, Sll, Slt, Sltu, Xor, Srl, Sra, Or, And,
  Addiw, Slliw, Srliw, Sraiw, Addw, Subw, Sllw, Srlw, Sraw,
  Mul, Mulh, Mulhsu, Mulhu, Div, Divu, Rem, Remu,
  Mulw, Divw, Divuw, Remw, Remuw,
  LrW, ScW, AmoW, LrD, ScD, AmoD,
  Csrrw, Csrrs, Csrrc, Csrrwi, Csrrsi, Csrrci,
  Fence, Ecall, Ebreak, Wfi,
}

/** What an atomic read-modify-write does, in `immediate` of the instruction: bits 31..27 of its code. */
export const amoFunction = { swap: 1, add: 0, xor: 4, and: 12, or: 8, min: 16, max: 20, minu: 24, maxu: 28 } as const;

export interface Instruction {
  readonly op: Op;
  /** Length of its code: 2 or 4. */
  readonly bytes: 2 | 4;
  /** Register numbers; 0 where the instruction has none. */
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** Sign-extended to 32 bits; a CSR's number for those instructions. */
  readonly immediate: number;
}

export function instruction(op: Op, bytes: 2 | 4, fields: Partial<Omit<Instruction, 'op' | 'bytes'>> = {}): Instruction {
  return { op, bytes, rd: 0, rs1: 0, rs2: 0, immediate: 0, ...fields };
}

/** The low `width` bits of `value` as a signed number. */
export function signExtend(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width);
}
