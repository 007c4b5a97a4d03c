import { encodeReply, ispStatus, parseRequest, parseUint32, romChunkBytes, romOp, stubLoadAddress, type ReceivedRequest } from '../isp/packet';
import { encodeSlip, SlipDecoder } from '../isp/slip';
import type { BoardMachine, BoardProgram, RunningProgram } from './board-program';

/** The program in the chip's ROM that loads and starts other programs over the serial line (k210-serial.md, sections 1.2 to 1.4). */
export const romIsp: BoardProgram = {
  name: 'ISP of the boot ROM',
  start: (machine) => new RomIsp(machine),
};

/** The ROM cannot load over the end of main memory into the KPU's. */
const loadableBytes = 6 << 20;
/** Rate that the ROM starts with. */
export const romBaudRate = 115_200;
const shortGreetingBytes = 14;

class RomIsp implements RunningProgram {
  private readonly decoder = new SlipDecoder();

  constructor(private readonly machine: BoardMachine) {}

  receive(bytes: Uint8Array): void {
    for (const frame of this.decoder.push(bytes)) this.handle(frame);
  }

  private handle(frame: Uint8Array): void {
    if (frame.length === shortGreetingBytes && frame[0] === romOp.nop) return this.reply(romOp.nop, ispStatus.ok);
    const request = parseRequest(frame);
    if (request === undefined) return;
    if (!request.crcFits) return this.reply(request.op, ispStatus.badChecksum);
    switch (request.op) {
      case romOp.nop: return this.reply(request.op, ispStatus.ok);
      case romOp.memoryWrite: return this.reply(request.op, this.load(request));
      case romOp.boot: return this.machine.jump(request.address);
      case romOp.setBaudRate: return this.machine.serial.setBaudRate(parseUint32(request.payload) ?? romBaudRate);
      default: return this.reply(request.op, ispStatus.invalidCommand);
    }
  }

  private load({ address, length, payload }: ReceivedRequest): number {
    const offset = address - stubLoadAddress;
    if (length !== payload.length || length > romChunkBytes || offset < 0 || offset + length > loadableBytes) return ispStatus.badLength;
    this.machine.announce('load');
    this.machine.sram.set(payload, offset);
    return ispStatus.ok;
  }

  private reply(op: number, status: number): void {
    this.machine.serial.send(encodeSlip(encodeReply({ op, status, data: new Uint8Array(0) })));
  }
}
