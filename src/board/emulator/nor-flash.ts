/** Times of a W25Q128JV (datasheet, table of AC characteristics, typical values) in milliseconds. */
export const typicalFlashTimes = { firstByteMs: 0.03, nextByteMs: 0.0025, sectorEraseMs: 45, blockErase32Ms: 120, blockErase64Ms: 150, chipEraseMs: 40_000, writeStatusMs: 10 } as const;

export interface NorFlashOptions {
  /** A power of two, 1 MiB to 16 MiB: what three address bytes reach. Default 16 MiB. */
  readonly sizeBytes?: number;
  /** Content from address 0; the rest is erased. */
  readonly content?: Uint8Array;
  /** First two JEDEC bytes; the third is the size. Default Winbond W25Q. */
  readonly manufacturer?: readonly [number, number];
  /** A chip that answers nothing: all lines stay high. */
  readonly absent?: boolean;
  /** Bits BP2..BP0 of the status register: any protects the whole chip in this model, and no command clears them. */
  readonly protectedBits?: number;
  /** Addresses of bytes whose lowest bit stays 0. */
  readonly wornCells?: readonly number[];
  /** Told about use that a datasheet forbids and a real chip ignores or punishes. */
  readonly onMisuse?: (sentence: string) => void;
}

const pageBytes = 256;
const statusBusy = 0x01;
const statusWriteEnabled = 0x02;

/**
 * A serial NOR flash on SPI, one call per chip select (W25Q128JV datasheet, section 8; GD25Q and P25Q parts agree in these commands):
 * programming only clears bits, a page program wraps within 256 bytes, erasing needs a write enable, a busy chip hears only status reads.
 */
export class NorFlash {
  readonly memory: Uint8Array;
  readonly jedecId: readonly [number, number, number];
  private status: number;
  private remainingBusyMs = 0;
  private changes = 0;

  constructor(private readonly options: NorFlashOptions = {}) {
    const sizeBytes = options.sizeBytes ?? 1 << 24;
    this.memory = new Uint8Array(sizeBytes).fill(0xff);
    if (options.content !== undefined) this.memory.set(options.content.subarray(0, sizeBytes));
    const [maker, kind] = options.manufacturer ?? [0xef, 0x40];
    this.jedecId = [maker, kind, Math.log2(sizeBytes)];
    this.wearCells();
    this.status = ((options.protectedBits ?? 0) & 7) << 2;
  }

  /** How long the running erase or program still takes. */
  get busyMs(): number {
    return this.remainingBusyMs;
  }

  /** Grows with every erase and program that took effect. */
  get changeCount(): number {
    return this.changes;
  }

  get isProtected(): boolean {
    return (this.status & 0x1c) !== 0;
  }

  /** Lets time pass for a running operation. */
  elapse(durationMs: number): void {
    if (this.remainingBusyMs === 0) return;
    this.remainingBusyMs = Math.max(0, this.remainingBusyMs - durationMs);
    if (this.remainingBusyMs === 0) this.status &= ~(statusBusy | statusWriteEnabled);
  }

  /**
   * One chip select: `sent` goes in, then `readBytes` bytes come out.
   * @param sent command, address and data bytes
   */
  transfer(sent: Uint8Array, readBytes = 0): Uint8Array {
    const answer = new Uint8Array(readBytes).fill(0xff);
    const command = sent[0];
    if (this.options.absent === true || command === undefined) return answer;
    if (this.remainingBusyMs > 0 && command !== 0x05) {
      this.misuse(`command ${hex(command)} while an operation runs`);
      return answer;
    }
    this.execute(command, sent, answer);
    return answer;
  }

  private execute(command: number, sent: Uint8Array, answer: Uint8Array): void {
    switch (command) {
      case 0x06: this.status |= statusWriteEnabled; return;
      case 0x04: this.status &= ~statusWriteEnabled; return;
      case 0x05: answer.fill(this.status); return;
      case 0x01: return this.writeStatus();
      case 0x9f: return this.answerBytes(answer, this.jedecId);
      // Four dummy bytes precede the eight of the unique number.
      case 0x4b: return this.answerBytes(answer, uniqueId, sent.length - 5);
      case 0x03: return this.read(addressOf(sent), answer);
      case 0x0b: return this.read(addressOf(sent), answer);
      case 0x02: return this.program(sent);
      case 0x20: return this.erase(sent, 4096, typicalFlashTimes.sectorEraseMs);
      case 0x52: return this.erase(sent, 32_768, typicalFlashTimes.blockErase32Ms);
      case 0xd8: return this.erase(sent, 65_536, typicalFlashTimes.blockErase64Ms);
      case 0x60:
      case 0xc7: return this.erase(Uint8Array.of(command, 0, 0, 0), this.memory.length, typicalFlashTimes.chipEraseMs);
      // Reset enable, reset, leaving continuous-read modes, release from power-down.
      case 0x66: case 0x99: case 0xff: case 0xab: return;
      default: this.misuse(`unknown command ${hex(command)}`);
    }
  }

  private read(address: number, answer: Uint8Array): void {
    for (let i = 0; i < answer.length; i++) answer[i] = this.memory[(address + i) % this.memory.length] ?? 0xff;
  }

  private program(sent: Uint8Array): void {
    const address = addressOf(sent);
    const data = sent.subarray(4);
    if (!this.takeWriteEnable('page program')) return;
    const offset = address % pageBytes;
    if (offset + data.length > pageBytes) this.misuse(`page program at ${hex(address)} of ${data.length} bytes leaves its page`);
    this.startOperation(typicalFlashTimes.firstByteMs + (data.length - 1) * typicalFlashTimes.nextByteMs);
    if (this.isProtected) return;
    const page = (address - offset) % this.memory.length;
    data.forEach((value, i) => {
      const at = page + ((offset + i) % pageBytes);
      this.memory[at] = (this.memory[at] ?? 0xff) & value;
    });
    this.changes++;
  }

  private erase(sent: Uint8Array, blockBytes: number, durationMs: number): void {
    if (!this.takeWriteEnable('erase')) return;
    this.startOperation(durationMs);
    if (this.isProtected) return;
    const address = addressOf(sent) % this.memory.length;
    const start = address - (address % blockBytes);
    this.memory.fill(0xff, start, start + blockBytes);
    this.wearCells();
    this.changes++;
  }

  /** The protection of this model is in one-time bits: the write runs and changes nothing. */
  private writeStatus(): void {
    if (this.takeWriteEnable('status write')) this.startOperation(typicalFlashTimes.writeStatusMs);
  }

  private wearCells(): void {
    for (const address of this.options.wornCells ?? []) this.memory[address] = (this.memory[address] ?? 0) & 0xfe;
  }

  private takeWriteEnable(what: string): boolean {
    if ((this.status & statusWriteEnabled) !== 0) return true;
    this.misuse(`${what} without write enable`);
    return false;
  }

  private startOperation(durationMs: number): void {
    this.remainingBusyMs = durationMs;
    this.status |= statusBusy;
  }

  private answerBytes(answer: Uint8Array, source: readonly number[], skip = 0): void {
    for (let i = 0; i < answer.length; i++) answer[i] = source[i + skip] ?? 0xff;
  }

  private misuse(sentence: string): void {
    this.options.onMisuse?.(sentence);
  }
}

/** The unique number of every virtual chip. */
export const uniqueId: readonly number[] = [0x4d, 0x46, 0x4e, 0x53, 0x00, 0x21, 0x00, 0x01];

function addressOf(sent: Uint8Array): number {
  return ((sent[1] ?? 0) << 16) | ((sent[2] ?? 0) << 8) | (sent[3] ?? 0);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
