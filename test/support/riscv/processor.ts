import { decode } from './decode';
import { Op } from './instruction';
import { atomicResult, highWord, lowWord, multiplyOrDivide, multiplyOrDivideWord, toBigInt } from './wide-arithmetic';

/** Registers of devices, 32 bits wide. */
export interface DeviceBus {
  /** @throws when the register does not exist or may not be read now */
  load(address: number): number;
  store(address: number, value: number): void;
}

export interface ProcessorOptions {
  /** Address of the first byte of `memory`. */
  readonly memoryBase: number;
  readonly memory: Uint8Array;
  /** Length of the loaded code from `memoryBase` on: only this is executed, and it must not be written to. */
  readonly codeBytes: number;
  readonly devices: DeviceBus;
  readonly hartId?: number;
  /** Cycles of one access to a device; a cached instruction takes one. */
  readonly deviceCycles?: number;
}

const csrNumber = { mstatus: 0x300, mie: 0x304, mcycle: 0xb00, cycle: 0xc00, mhartid: 0xf14 } as const;

/**
 * One hart of RV64IMAC, machine mode, without interrupts and translation. It is strict: what real hardware answers with a trap
 * (illegal instruction, misaligned or missing memory) is thrown. Registers are kept as two halves of 32 bits.
 */
export class Processor {
  readonly low = new Int32Array(32);
  readonly high = new Int32Array(32);
  pc: number;
  /** Cycles so far; devices may add to it. */
  cycles = 0;
  /** Set by a device to come back from `run`. */
  stopRequested = false;
  private readonly view: DataView;
  private readonly ops: Uint8Array;
  private readonly lengths: Uint8Array;
  private readonly rds: Uint8Array;
  private readonly rs1s: Uint8Array;
  private readonly rs2s: Uint8Array;
  private readonly immediates: Int32Array;
  private readonly csrs = new Map<number, bigint>();
  private reservedAddress: number | undefined;
  private readonly deviceCycles: number;

  constructor(private readonly options: ProcessorOptions) {
    const { memory, memoryBase, codeBytes } = options;
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.pc = memoryBase;
    this.deviceCycles = options.deviceCycles ?? 1;
    const slots = (codeBytes + 1) >> 1;
    this.ops = new Uint8Array(slots);
    this.lengths = new Uint8Array(slots);
    this.rds = new Uint8Array(slots);
    this.rs1s = new Uint8Array(slots);
    this.rs2s = new Uint8Array(slots);
    this.immediates = new Int32Array(slots);
  }

  register(number: number): bigint {
    return toBigInt(this.low[number] ?? 0, this.high[number] ?? 0);
  }

  setRegister(number: number, value: bigint): void {
    this.set(number, lowWord(value), highWord(value));
  }

  /** Executes until `limit` instructions are done or a device asks to stop. @returns how many were executed */
  run(limit: number): number {
    const { ops, lengths, rds, rs1s, rs2s, immediates, low, high } = this;
    const base = this.options.memoryBase;
    this.stopRequested = false;
    let done = 0;
    while (done < limit && !this.stopRequested) {
      const slot = (this.pc - base) >> 1;
      if (slot < 0 || slot >= ops.length) throw this.fault('executes outside of the loaded code');
      if (ops[slot] === Op.Undecoded) this.decodeAt(slot);
      const rd = rds[slot] as number;
      const rs1 = rs1s[slot] as number;
      const rs2 = rs2s[slot] as number;
      const immediate = immediates[slot] as number;
      const a = low[rs1] as number;
      const b = low[rs2] as number;
      let next = this.pc + (lengths[slot] as number);
      done++;
      this.cycles++;
      switch (ops[slot] as Op) {
        case Op.Lui: this.set(rd, immediate, immediate >> 31); break;
        case Op.Auipc: this.setSum(rd, this.pc | 0, 0, immediate); break;
        case Op.Jal: this.set(rd, next | 0, 0); next = this.pc + immediate; break;
        case Op.Jalr: {
          const target = this.address(rs1, immediate) & ~1;
          this.set(rd, next | 0, 0);
          next = target >>> 0;
          break;
        }
        case Op.Beq: if (a === b && high[rs1] === high[rs2]) next = this.pc + immediate; break;
        case Op.Bne: if (a !== b || high[rs1] !== high[rs2]) next = this.pc + immediate; break;
        case Op.Blt: if (this.isLess(rs1, rs2)) next = this.pc + immediate; break;
        case Op.Bge: if (!this.isLess(rs1, rs2)) next = this.pc + immediate; break;
        case Op.Bltu: if (this.isBelow(rs1, rs2)) next = this.pc + immediate; break;
        case Op.Bgeu: if (!this.isBelow(rs1, rs2)) next = this.pc + immediate; break;
        case Op.Lb: { const value = this.view.getInt8(this.memoryOffset(this.address(rs1, immediate), 1)); this.set(rd, value, value >> 31); break; }
        case Op.Lbu: this.set(rd, this.view.getUint8(this.memoryOffset(this.address(rs1, immediate), 1)), 0); break;
        case Op.Lh: { const value = this.view.getInt16(this.memoryOffset(this.address(rs1, immediate), 2), true); this.set(rd, value, value >> 31); break; }
        case Op.Lhu: this.set(rd, this.view.getUint16(this.memoryOffset(this.address(rs1, immediate), 2), true), 0); break;
        case Op.Lw: { const value = this.loadWord(this.address(rs1, immediate)); this.set(rd, value, value >> 31); break; }
        case Op.Lwu: this.set(rd, this.loadWord(this.address(rs1, immediate)), 0); break;
        case Op.Ld: { const offset = this.memoryOffset(this.address(rs1, immediate), 8); this.set(rd, this.view.getInt32(offset, true), this.view.getInt32(offset + 4, true)); break; }
        case Op.Sb: this.view.setUint8(this.writableOffset(this.address(rs1, immediate), 1), b & 0xff); break;
        case Op.Sh: this.view.setUint16(this.writableOffset(this.address(rs1, immediate), 2), b & 0xffff, true); break;
        case Op.Sw: this.storeWord(this.address(rs1, immediate), b); break;
        case Op.Sd: { const offset = this.writableOffset(this.address(rs1, immediate), 8); this.view.setInt32(offset, b, true); this.view.setInt32(offset + 4, high[rs2] as number, true); break; }
        case Op.Addi: this.setSum(rd, a, high[rs1] as number, immediate); break;
        case Op.Slti: this.set(rd, isLessThan(a, high[rs1] as number, immediate, immediate >> 31) ? 1 : 0, 0); break;
        case Op.Sltiu: this.set(rd, isBelowThan(a, high[rs1] as number, immediate, immediate >> 31) ? 1 : 0, 0); break;
        case Op.Xori: this.set(rd, a ^ immediate, (high[rs1] as number) ^ (immediate >> 31)); break;
        case Op.Ori: this.set(rd, a | immediate, (high[rs1] as number) | (immediate >> 31)); break;
        case Op.Andi: this.set(rd, a & immediate, (high[rs1] as number) & (immediate >> 31)); break;
        case Op.Slli: this.shiftLeft(rd, rs1, immediate); break;
        case Op.Srli: this.shiftRight(rd, rs1, immediate, 0); break;
        case Op.Srai: this.shiftRight(rd, rs1, immediate, (high[rs1] as number) >> 31); break;
        case Op.Add: this.addRegisters(rd, a, high[rs1] as number, b, high[rs2] as number); break;
        case Op.Sub: this.set(rd, a - b, (high[rs1] as number) - (high[rs2] as number) - (a >>> 0 < b >>> 0 ? 1 : 0)); break;
        case Op.Sll: this.shiftLeft(rd, rs1, b & 63); break;
        case Op.Srl: this.shiftRight(rd, rs1, b & 63, 0); break;
        case Op.Sra: this.shiftRight(rd, rs1, b & 63, (high[rs1] as number) >> 31); break;
        case Op.Slt: this.set(rd, this.isLess(rs1, rs2) ? 1 : 0, 0); break;
        case Op.Sltu: this.set(rd, this.isBelow(rs1, rs2) ? 1 : 0, 0); break;
        case Op.Xor: this.set(rd, a ^ b, (high[rs1] as number) ^ (high[rs2] as number)); break;
        case Op.Or: this.set(rd, a | b, (high[rs1] as number) | (high[rs2] as number)); break;
        case Op.And: this.set(rd, a & b, (high[rs1] as number) & (high[rs2] as number)); break;
        case Op.Addiw: this.setWord(rd, a + immediate); break;
        case Op.Slliw: this.setWord(rd, a << immediate); break;
        case Op.Srliw: this.setWord(rd, a >>> immediate); break;
        case Op.Sraiw: this.setWord(rd, a >> immediate); break;
        case Op.Addw: this.setWord(rd, a + b); break;
        case Op.Subw: this.setWord(rd, a - b); break;
        case Op.Sllw: this.setWord(rd, a << (b & 31)); break;
        case Op.Srlw: this.setWord(rd, a >>> (b & 31)); break;
        case Op.Sraw: this.setWord(rd, a >> (b & 31)); break;
        case Op.Mul: case Op.Mulh: case Op.Mulhsu: case Op.Mulhu: case Op.Div: case Op.Divu: case Op.Rem: case Op.Remu:
          this.setRegister(rd, multiplyOrDivide(ops[slot] as Op, this.register(rs1), this.register(rs2)));
          break;
        case Op.Mulw: case Op.Divw: case Op.Divuw: case Op.Remw: case Op.Remuw:
          this.setWord(rd, multiplyOrDivideWord(ops[slot] as Op, a, b));
          break;
        case Op.LrW: case Op.ScW: case Op.AmoW: case Op.LrD: case Op.ScD: case Op.AmoD:
          this.atomic(ops[slot] as Op, rd, rs1, rs2, immediate);
          break;
        case Op.Csrrw: case Op.Csrrs: case Op.Csrrc: case Op.Csrrwi: case Op.Csrrsi: case Op.Csrrci:
          this.accessCsr(ops[slot] as Op, rd, rs1, immediate);
          break;
        case Op.Fence: break;
        case Op.Wfi: this.stopRequested = true; break;
        case Op.Undecoded: case Op.Illegal: throw this.fault('executes an illegal instruction');
        case Op.Ecall: case Op.Ebreak: throw this.fault('traps by itself');
      }
      this.pc = next;
    }
    return done;
  }

  private decodeAt(slot: number): void {
    const at = slot * 2;
    const code = at + 4 <= this.options.memory.length ? this.view.getInt32(at, true) : this.view.getUint16(at, true);
    const decoded = decode(code);
    this.ops[slot] = decoded.op;
    this.lengths[slot] = decoded.bytes;
    this.rds[slot] = decoded.rd;
    this.rs1s[slot] = decoded.rs1;
    this.rs2s[slot] = decoded.rs2;
    this.immediates[slot] = decoded.immediate;
  }

  private set(rd: number, low: number, high: number): void {
    if (rd === 0) return;
    this.low[rd] = low;
    this.high[rd] = high;
  }

  private setWord(rd: number, value: number): void {
    this.set(rd, value | 0, (value | 0) >> 31);
  }

  private setSum(rd: number, low: number, high: number, immediate: number): void {
    this.addRegisters(rd, low, high, immediate, immediate >> 31);
  }

  private addRegisters(rd: number, lowA: number, highA: number, lowB: number, highB: number): void {
    const low = (lowA + lowB) | 0;
    this.set(rd, low, highA + highB + (low >>> 0 < lowA >>> 0 ? 1 : 0));
  }

  private shiftLeft(rd: number, rs1: number, amount: number): void {
    const [low, high] = [this.low[rs1] as number, this.high[rs1] as number];
    if (amount === 0) this.set(rd, low, high);
    else if (amount < 32) this.set(rd, low << amount, (high << amount) | (low >>> (32 - amount)));
    else this.set(rd, 0, low << (amount - 32));
  }

  /** @param fill what comes in from above: 0 or -1 */
  private shiftRight(rd: number, rs1: number, amount: number, fill: number): void {
    const [low, high] = [this.low[rs1] as number, this.high[rs1] as number];
    if (amount === 0) this.set(rd, low, high);
    else if (amount < 32) this.set(rd, (low >>> amount) | (high << (32 - amount)), fill === 0 ? high >>> amount : high >> amount);
    else this.set(rd, fill === 0 ? high >>> (amount - 32) : high >> (amount - 32), fill);
  }

  private isLess(rs1: number, rs2: number): boolean {
    return isLessThan(this.low[rs1] as number, this.high[rs1] as number, this.low[rs2] as number, this.high[rs2] as number);
  }

  private isBelow(rs1: number, rs2: number): boolean {
    return isBelowThan(this.low[rs1] as number, this.high[rs1] as number, this.low[rs2] as number, this.high[rs2] as number);
  }

  /** The K210 has nothing above 32 bits of address. */
  private address(rs1: number, immediate: number): number {
    const base = this.low[rs1] as number;
    const low = (base + immediate) | 0;
    const high = ((this.high[rs1] as number) + (immediate >> 31) + (low >>> 0 < base >>> 0 ? 1 : 0)) | 0;
    if (high !== 0) throw this.fault('uses an address above 32 bits');
    return low >>> 0;
  }

  private memoryOffset(address: number, size: number): number {
    const offset = address - this.options.memoryBase;
    if (offset < 0 || offset + size > this.options.memory.length) throw this.fault(`touches missing memory at 0x${address.toString(16)}`);
    if (address % size !== 0) throw this.fault(`touches 0x${address.toString(16)}, which is not aligned to ${size}`);
    return offset;
  }

  private writableOffset(address: number, size: number): number {
    const offset = this.memoryOffset(address, size);
    if (offset < this.options.codeBytes) throw this.fault(`writes to its own code at 0x${address.toString(16)}`);
    this.reservedAddress = undefined;
    return offset;
  }

  private loadWord(address: number): number {
    if (address >= this.options.memoryBase) return this.view.getInt32(this.memoryOffset(address, 4), true);
    if (address % 4 !== 0) throw this.fault(`reads a device at 0x${address.toString(16)}, which is not aligned`);
    this.cycles += this.deviceCycles - 1;
    return this.options.devices.load(address) | 0;
  }

  private storeWord(address: number, value: number): void {
    if (address >= this.options.memoryBase) {
      this.view.setInt32(this.writableOffset(address, 4), value, true);
      return;
    }
    if (address % 4 !== 0) throw this.fault(`writes a device at 0x${address.toString(16)}, which is not aligned`);
    this.cycles += this.deviceCycles - 1;
    this.options.devices.store(address, value >>> 0);
  }

  private atomic(op: Op, rd: number, rs1: number, rs2: number, kind: number): void {
    const width = op === Op.LrW || op === Op.ScW || op === Op.AmoW ? 32 : 64;
    const offset = this.memoryOffset(this.address(rs1, 0), width / 8);
    const old = width === 32 ? BigInt(this.view.getUint32(offset, true)) : this.view.getBigUint64(offset, true);
    const operand = BigInt.asUintN(width, this.register(rs2));
    if (op === Op.LrW || op === Op.LrD) {
      this.reservedAddress = offset;
      this.setRegister(rd, BigInt.asUintN(64, BigInt.asIntN(width, old)));
      return;
    }
    const isConditional = op === Op.ScW || op === Op.ScD;
    const stores = !isConditional || this.reservedAddress === offset;
    if (stores) this.storeBits(offset, isConditional ? operand : atomicResult(kind, old, operand, width), width);
    this.reservedAddress = undefined;
    this.setRegister(rd, isConditional ? (stores ? 0n : 1n) : BigInt.asUintN(64, BigInt.asIntN(width, old)));
  }

  private storeBits(offset: number, value: bigint, width: 32 | 64): void {
    if (offset < this.options.codeBytes) throw this.fault('writes to its own code');
    if (width === 32) this.view.setUint32(offset, Number(value), true);
    else this.view.setBigUint64(offset, value, true);
  }

  private accessCsr(op: Op, rd: number, rs1: number, number: number): void {
    const old = this.readCsr(number);
    const operand = op >= Op.Csrrwi ? BigInt(rs1) : this.register(rs1);
    if (op === Op.Csrrw || op === Op.Csrrwi) this.writeCsr(number, operand);
    else if (rs1 !== 0) this.writeCsr(number, op === Op.Csrrs || op === Op.Csrrsi ? old | operand : old & ~operand);
    this.setRegister(rd, old);
  }

  private readCsr(number: number): bigint {
    switch (number) {
      case csrNumber.mcycle:
      case csrNumber.cycle: return BigInt(this.cycles);
      case csrNumber.mhartid: return BigInt(this.options.hartId ?? 0);
      case csrNumber.mie:
      case csrNumber.mstatus: return this.csrs.get(number) ?? 0n;
      default: throw this.fault(`uses the unknown CSR 0x${number.toString(16)}`);
    }
  }

  private writeCsr(number: number, value: bigint): void {
    if (number !== csrNumber.mie && number !== csrNumber.mstatus) throw this.fault(`writes the CSR 0x${number.toString(16)}`);
    if (value !== 0n) throw this.fault('enables interrupts');
    this.csrs.set(number, value);
  }

  private fault(what: string): Error {
    return new Error(`The program ${what} (pc 0x${this.pc.toString(16)}).`);
  }
}

function isLessThan(lowA: number, highA: number, lowB: number, highB: number): boolean {
  return highA < highB || (highA === highB && lowA >>> 0 < lowB >>> 0);
}

function isBelowThan(lowA: number, highA: number, lowB: number, highB: number): boolean {
  return highA === highB ? lowA >>> 0 < lowB >>> 0 : highA >>> 0 < highB >>> 0;
}
