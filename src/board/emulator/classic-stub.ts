import { flashBlockBytes, flashSectorBytes, ispStatus, parseUint32, stubOp, type ReceivedRequest } from '../isp/packet';
import type { BoardProgram } from './board-program';
import { StubProgram } from './stub-program';

/** A model of the stubs of kflash: write only, and a write is taken for good without looking (k210-serial.md, section 1.6). */
export const classicStub: BoardProgram = {
  name: 'classic flash stub',
  start: (machine) => new ClassicStub(machine),
};

/** Length of an erase that means the whole chip. */
const wholeChip = 0xffffffee;

class ClassicStub extends StubProgram {
  private initialized = false;

  protected async handle(request: ReceivedRequest): Promise<void> {
    const { op } = request;
    if (!request.crcFits) return this.reply(op, ispStatus.badChecksum);
    switch (op) {
      case stubOp.nop: return this.reply(op, ispStatus.ok);
      case stubOp.flashInit: return this.initialize(op);
      case stubOp.erase: return this.erase(request);
      case stubOp.flashWrite: return this.write(request);
      case stubOp.setBaudRate: return this.setBaudRate(request);
      case stubOp.reboot: {
        this.reply(stubOp.debug, ispStatus.ok, Buffer.from('Reboot'));
        await this.machine.serial.drained();
        return this.machine.reset();
      }
      default: return this.reply(op, ispStatus.invalidCommand);
    }
  }

  private initialize(op: number): void {
    this.initialized = this.jedecId().some((byte) => byte !== 0xff);
    this.reply(op, this.initialized ? ispStatus.ok : ispStatus.badInitialization);
  }

  private async erase({ op, address, length }: ReceivedRequest): Promise<void> {
    if (!this.initialized) return this.reply(op, ispStatus.badInitialization);
    const flashBytes = this.machine.flash.memory.length;
    const [start, end] = length === wholeChip ? [0, flashBytes] : [address, Math.min(flashBytes, address + length)];
    for (let at = start; at < end; at += flashSectorBytes) await this.eraseBlock(at, 0x20);
    this.reply(op, ispStatus.ok);
  }

  private async write({ op, address, length, payload }: ReceivedRequest): Promise<void> {
    if (!this.initialized) return this.reply(op, ispStatus.badInitialization);
    const isWrong = address % flashSectorBytes !== 0 || length % flashSectorBytes !== 0 || length > flashBlockBytes || payload.length !== length;
    if (isWrong) return this.reply(op, ispStatus.badLength);
    for (let offset = 0; offset < length; offset += flashSectorBytes) await this.eraseBlock(address + offset, 0x20);
    await this.program(address, payload);
    this.reply(op, ispStatus.ok);
  }

  private async setBaudRate({ op, payload }: ReceivedRequest): Promise<void> {
    this.reply(op, ispStatus.ok);
    await this.machine.serial.drained();
    this.machine.serial.setBaudRate(parseUint32(payload) ?? this.machine.serial.baudRate);
  }
}
