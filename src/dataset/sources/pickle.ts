/**
 * Reads the data of Python pickles, protocols 2 to 5 (Python's pickletools describes each opcode): bytes, text, bool, None, whole
 * numbers, lists and tuples. A pickle is a program that may call anything; this reader knows no calls, with one exception that is
 * a pure conversion: Python 3 writes bytes in protocol 2 as `_codecs.encode(text, 'latin1')`. All else is refused by its name.
 */

export type PickleValue = string | number | boolean | null | Uint8Array | PickleList;

/** A list or a tuple. */
export interface PickleList {
  readonly items: readonly PickleValue[];
}

/** A name that the pickle wants to call. */
interface PickleGlobal {
  readonly global: string;
}

type StackItem = PickleValue | PickleGlobal | MutableList;
interface MutableList {
  readonly items: StackItem[];
}

const encodeCall = '_codecs.encode';

/** @throws Error saying what is wrong, with the byte where it is */
export function parsePickle(bytes: Uint8Array): PickleValue {
  return new PickleReader(bytes).run();
}

export function isPickleList(value: PickleValue | undefined): value is PickleList {
  return typeof value === 'object' && value !== null && 'items' in value;
}

class PickleReader {
  private readonly view: DataView;
  private readonly stack: StackItem[] = [];
  /** Heights of the stack at the open marks. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, StackItem>();
  private position = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    if (this.bytes[0] !== 0x80) throw new Error('it is no pickle of protocol 2 or newer');
    for (;;) {
      const at = this.position;
      const opcode = this.byte();
      if (opcode === 0x2e) return this.result();
      if (!this.step(opcode)) throw new Error(`it has the unsupported opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${at}`);
    }
  }

  private result(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0) throw this.damaged();
    return this.plain(value);
  }

  private step(opcode: number): boolean {
    return this.stepFrame(opcode) || this.stepValue(opcode) || this.stepList(opcode) || this.stepMemo(opcode) || this.stepCall(opcode);
  }

  private stepFrame(opcode: number): boolean {
    switch (opcode) {
      case 0x80: {
        const protocol = this.byte();
        if (protocol < 2 || protocol > 5) throw new Error(`it has protocol ${protocol}; protocols 2 to 5 are read`);
        return true;
      }
      case 0x95: // FRAME: only a hint for buffering
        this.length64();
        return true;
      case 0x30: // POP
        this.pop();
        return true;
      default:
        return false;
    }
  }

  private stepValue(opcode: number): boolean {
    const value = this.valueOf(opcode);
    if (value === undefined) return false;
    this.stack.push(value);
    return true;
  }

  private valueOf(opcode: number): PickleValue | undefined {
    switch (opcode) {
      case 0x4e: return null;
      case 0x88: return true;
      case 0x89: return false;
      case 0x4b: return this.byte();
      case 0x4d: return this.number(2, (at) => this.view.getUint16(at, true));
      case 0x4a: return this.number(4, (at) => this.view.getInt32(at, true));
      case 0x8a: return this.longInteger();
      // SHORT_BINBYTES and BINBYTES; SHORT_BINSTRING and BINSTRING are what Python 2 made of its strings of bytes.
      case 0x43: case 0x55: return this.take(this.byte());
      case 0x42: case 0x54: return this.take(this.length32());
      case 0x8e: return this.take(this.length64());
      case 0x8c: return this.text(this.byte());
      case 0x58: return this.text(this.length32());
      case 0x8d: return this.text(this.length64());
      default: return undefined;
    }
  }

  private stepList(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        this.marks.push(this.stack.length);
        return true;
      case 0x5d: case 0x29: // EMPTY_LIST, EMPTY_TUPLE
        this.stack.push({ items: [] });
        return true;
      case 0x6c: case 0x74: // LIST, TUPLE
        this.stack.push({ items: this.popToMark() });
        return true;
      case 0x85: case 0x86: case 0x87: // TUPLE1 to TUPLE3
        this.stack.push({ items: this.popMany(opcode - 0x84) });
        return true;
      case 0x61: // APPEND
        this.extend([this.pop()]);
        return true;
      case 0x65: // APPENDS
        this.extend(this.popToMark());
        return true;
      default:
        return false;
    }
  }

  private stepMemo(opcode: number): boolean {
    switch (opcode) {
      case 0x71: this.memo.set(this.byte(), this.top()); return true;
      case 0x72: this.memo.set(this.length32(), this.top()); return true;
      case 0x94: this.memo.set(this.memo.size, this.top()); return true;
      case 0x68: this.stack.push(this.recall(this.byte())); return true;
      case 0x6a: this.stack.push(this.recall(this.length32())); return true;
      default: return false;
    }
  }

  private stepCall(opcode: number): boolean {
    switch (opcode) {
      case 0x63: // GLOBAL: two lines
        this.pushGlobal(`${this.line()}.${this.line()}`);
        return true;
      case 0x93: { // STACK_GLOBAL
        const [module, name] = this.popMany(2);
        this.pushGlobal(`${String(module)}.${String(name)}`);
        return true;
      }
      case 0x52: // REDUCE
        this.stack.push(this.encoded());
        return true;
      default:
        return false;
    }
  }

  private pushGlobal(global: string): void {
    if (global !== encodeCall) throw new Error(`it asks for the Python object ${JSON.stringify(global.slice(0, 80))}, which is not data`);
    this.stack.push({ global });
  }

  /** The one call that is understood: text of the characters 0..255 as bytes. */
  private encoded(): Uint8Array {
    const [target, args] = this.popMany(2);
    const [text, encoding] = isList(args) ? args.items : [];
    if (!isGlobal(target) || typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) throw this.damaged();
    return Buffer.from(text, 'latin1');
  }

  private extend(items: readonly StackItem[]): void {
    const list = this.top();
    if (!isList(list)) throw this.damaged();
    for (const item of items) (list as MutableList).items.push(item);
  }

  private plain(value: StackItem): PickleValue {
    if (isGlobal(value)) throw this.damaged();
    return value as PickleValue;
  }

  private top(): StackItem {
    const item = this.stack.at(-1);
    if (item === undefined || this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.damaged();
    return item;
  }

  private pop(): StackItem {
    const item = this.top();
    this.stack.pop();
    return item;
  }

  private popMany(count: number): StackItem[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  private popToMark(): StackItem[] {
    const mark = this.marks.pop();
    if (mark === undefined || mark > this.stack.length) throw this.damaged();
    return this.stack.splice(mark);
  }

  private recall(key: number): StackItem {
    const item = this.memo.get(key);
    if (item === undefined) throw this.damaged();
    return item;
  }

  private byte(): number {
    return this.number(1, (at) => this.view.getUint8(at));
  }

  private length32(): number {
    return this.number(4, (at) => this.view.getUint32(at, true));
  }

  private length64(): number {
    return this.number(8, (at) => Number(this.view.getBigUint64(at, true)));
  }

  private number(sizeBytes: number, read: (at: number) => number): number {
    const at = this.position;
    this.take(sizeBytes);
    return read(at);
  }

  /** LONG1: little-endian two's complement of up to 6 bytes; longer ones have no place in what is read here. */
  private longInteger(): number {
    const digits = this.take(this.byte());
    if (digits.length > 6) throw new Error(`it has a whole number of ${digits.length} bytes at byte ${this.position}`);
    return digits.length === 0 ? 0 : Buffer.from(digits).readIntLE(0, digits.length);
  }

  private text(length: number): string {
    return Buffer.from(this.take(length)).toString('utf8');
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw this.damaged();
    const text = Buffer.from(this.take(end - this.position)).toString('utf8');
    this.position++;
    return text;
  }

  /** The next bytes, sharing memory with the pickle. */
  private take(length: number): Uint8Array {
    if (length > this.bytes.length - this.position) throw new Error(`it ends at byte ${this.bytes.length}, within a value`);
    const part = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return part;
  }

  private damaged(): Error {
    return new Error(`it is damaged at byte ${this.position}`);
  }
}

function isList(item: StackItem | undefined): item is MutableList {
  return typeof item === 'object' && item !== null && 'items' in item;
}

function isGlobal(item: StackItem | undefined): item is PickleGlobal {
  return typeof item === 'object' && item !== null && 'global' in item;
}
