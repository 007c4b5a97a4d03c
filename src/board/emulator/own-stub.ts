import { crc32 } from '../../base/crc32';
import { encodeUint32, flashBlockBytes, flashSectorBytes, ispStatus, ownStubOp, parseUint32, stubOp, type ReceivedRequest } from '../isp/packet';
import { encodeStubHello } from '../isp/stub-hello';
import { flashIdentityOp, stubFacts } from '../stub/stub-image';
import type { BoardMachine, BoardProgram } from './board-program';
import { StubProgram } from './stub-program';

/** A model of our own flash stub (media/board/stub), held equal to its machine code by tests. */
export const ownStub: BoardProgram = {
  name: 'flash stub',
  start: (machine) => new OwnStub(machine),
};

/** Clocks of a virtual board: PLL0 at 780 MHz, half of it for the processor, a quarter for the UART. */
export const virtualClocks = { apb0Hz: 195_000_000, aclkHz: 390_000_000 } as const;
/** Data after the flash identity: unique number of eight bytes and the status register. */
const uniqueNumberBytes = 8;

class OwnStub extends StubProgram {
  /** Size of the flash; undefined before it was found. */
  private flashBytes: number | undefined;

  constructor(machine: BoardMachine) {
    super(machine);
  }

  protected async handle(request: ReceivedRequest): Promise<void> {
    const { op } = request;
    if (!request.crcFits) return this.reply(op, ispStatus.badChecksum);
    switch (op) {
      case stubOp.nop:
      case ownStubOp.linkTest:
        return this.reply(op, ispStatus.ok);
      case stubOp.flashInit: return this.initialize(op);
      case stubOp.setBaudRate: return this.setBaudRate(request);
      case stubOp.reboot: {
        this.reply(op, ispStatus.ok);
        await this.machine.serial.drained();
        return this.machine.reset();
      }
      case ownStubOp.hello:
        return this.reply(op, ispStatus.ok, encodeStubHello({ version: stubFacts.protocolVersion, payloadLimitBytes: flashBlockBytes, ...virtualClocks }));
      case stubOp.erase:
      case stubOp.flashWrite:
      case ownStubOp.flashRead:
      case ownStubOp.flashCrc:
      case flashIdentityOp:
        if (this.flashBytes === undefined) return this.reply(op, ispStatus.invalidCommand);
        return this.useFlash(request, this.flashBytes);
      default: return this.reply(op, ispStatus.invalidCommand);
    }
  }

  private initialize(op: number): void {
    const id = this.jedecId();
    if (id.every((byte) => byte === 0xff) || id.every((byte) => byte === 0)) return this.reply(op, ispStatus.badInitialization);
    const exponent = id[2] ?? 0;
    this.flashBytes = exponent >= 16 && exponent <= 24 ? 1 << exponent : 1 << 24;
    this.reply(op, ispStatus.ok, id);
  }

  private async setBaudRate({ op, length, payload }: ReceivedRequest): Promise<void> {
    const baudRate = parseUint32(payload);
    if (length !== 4 || payload.length !== 4 || baudRate === undefined || !isReachable(baudRate)) return this.reply(op, ispStatus.badLength);
    this.reply(op, ispStatus.ok);
    await this.machine.serial.drained();
    this.machine.serial.setBaudRate(baudRate);
  }

  private async useFlash(request: ReceivedRequest, flashBytes: number): Promise<void> {
    const { op, address, length, payload } = request;
    if (op === flashIdentityOp) return this.identify(op);
    const changes = op === stubOp.erase || op === stubOp.flashWrite;
    const fits = address <= flashBytes && length <= flashBytes - address;
    const isAligned = address % flashSectorBytes === 0 && length % flashSectorBytes === 0 && length > 0;
    const isShort = length <= flashBlockBytes;
    const expectedPayload = op === stubOp.flashWrite ? length : 0;
    if (!fits || payload.length !== expectedPayload || (changes && !isAligned) || (op !== ownStubOp.flashCrc && !isShort)) return this.reply(op, ispStatus.badLength);
    if (op === ownStubOp.flashCrc) return this.answerCrc(op, address, length);
    if (op === ownStubOp.flashRead) return this.answerBytes(op, address, length);
    return this.change(op, address, length, payload);
  }

  private identify(op: number): void {
    const unique = this.machine.flash.transfer(Uint8Array.of(0x4b, 0, 0, 0, 0), uniqueNumberBytes);
    const status = this.machine.flash.transfer(Uint8Array.of(0x05), 1);
    this.reply(op, ispStatus.ok, Uint8Array.of(...this.jedecId(), ...unique, ...status));
  }

  private async answerCrc(op: number, address: number, length: number): Promise<void> {
    this.machine.announce('crc');
    this.reply(op, ispStatus.ok, encodeUint32(crc32(await this.read(address, length))));
  }

  private async answerBytes(op: number, address: number, length: number): Promise<void> {
    this.machine.announce('read');
    const bytes = await this.read(address, length);
    this.reply(op, ispStatus.ok, Uint8Array.of(...encodeUint32(crc32(bytes)), ...bytes));
  }

  /** Erases, programs what is to be written, and proves it by what the flash holds then. */
  private async change(op: number, address: number, length: number, payload: Uint8Array): Promise<void> {
    if (length === flashBlockBytes && address % flashBlockBytes === 0) await this.eraseBlock(address, 0xd8);
    else for (let offset = 0; offset < length; offset += flashSectorBytes) await this.eraseBlock(address + offset, 0x20);
    if (payload.length > 0) await this.program(address, payload);
    const expected = payload.length > 0 ? payload : new Uint8Array(length).fill(0xff);
    const found = crc32(await this.read(address, length));
    if (found === crc32(expected)) return this.reply(op, ispStatus.ok, encodeUint32(found));
    const status = this.machine.flash.transfer(Uint8Array.of(0x05), 1);
    this.reply(op, ispStatus.executionFailed, Uint8Array.of(...encodeUint32(found), ...status));
  }
}

/** As the UART's divider can: a sixteenth of its clock at most, and within two percent. */
function isReachable(baudRate: number): boolean {
  if (baudRate === 0) return false;
  const divisor = Math.floor((virtualClocks.apb0Hz + Math.floor(baudRate / 2)) / baudRate);
  if (divisor < 16 || divisor > 0xfffff) return false;
  return Math.abs(Math.floor(virtualClocks.apb0Hz / divisor) - baudRate) * 50 <= baudRate;
}
