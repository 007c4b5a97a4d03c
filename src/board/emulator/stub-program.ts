import { encodeReply, flashBlockBytes, parseRequest, requestHeaderBytes, type ReceivedRequest } from '../isp/packet';
import { ByteLog } from '../isp/byte-log';
import { encodeSlip, SlipDecoder } from '../isp/slip';
import type { BoardMachine, RunningProgram } from './board-program';

/** Receive buffer of the UART: what arrives beyond it while a polled stub works is lost. */
const receiveFifoBytes = 16;
/** As the machine code of our stub takes at 390 MHz: bursts of 32 bytes at 19.5 MHz, and their handling. */
const readMsPerByte = 0.0006;
const pageBytes = 256;
/** A burst of 32 bytes without command and address. */
const programBurstBytes = 28;
/** Sending a burst and its write enable. */
const programBurstMs = 0.02;

/** What flash stubs have in common: frames in, one request at a time, a reply each, flash through commands. */
export abstract class StubProgram implements RunningProgram {
  private readonly decoder = new SlipDecoder(new ByteLog(0), requestHeaderBytes + flashBlockBytes);
  private readonly frames: Uint8Array[] = [];
  private fifo: number[] = [];
  private working = false;

  constructor(protected readonly machine: BoardMachine) {}

  receive(bytes: Uint8Array): void {
    if (this.working) {
      this.fifo.push(...bytes.subarray(0, Math.max(0, receiveFifoBytes - this.fifo.length)));
      return;
    }
    this.frames.push(...this.decoder.push(bytes));
    if (this.frames.length > 0) void this.work().catch(() => undefined);
  }

  /** Answers one request whose header is whole. */
  protected abstract handle(request: ReceivedRequest): Promise<void>;

  protected reply(op: number, status: number, data: Uint8Array = new Uint8Array(0)): void {
    this.machine.serial.send(encodeSlip(encodeReply({ op, status, data })));
  }

  protected async eraseBlock(address: number, command: 0x20 | 0xd8): Promise<void> {
    const { flash } = this.machine;
    this.machine.announce('erase');
    flash.transfer(Uint8Array.of(0x06));
    flash.transfer(Uint8Array.of(command, ...addressBytes(address)));
    await this.waitForFlash();
  }

  protected async program(address: number, data: Uint8Array): Promise<void> {
    const { flash } = this.machine;
    this.machine.announce('program');
    let busyMs = 0;
    let next: number;
    for (let offset = 0; offset < data.length; offset = next) {
      next = Math.min(offset + programBurstBytes, offset + pageBytes - ((address + offset) % pageBytes), data.length);
      const burst = data.subarray(offset, next);
      if (this.machine.signal.aborted) return;
      if (burst.every((byte) => byte === 0xff)) continue;
      flash.transfer(Uint8Array.of(0x06));
      flash.transfer(Uint8Array.of(0x02, ...addressBytes(address + offset), ...burst));
      busyMs += flash.busyMs + programBurstMs;
      flash.elapse(flash.busyMs);
    }
    await this.machine.spend(busyMs);
  }

  protected async read(address: number, length: number): Promise<Uint8Array> {
    await this.machine.spend(length * readMsPerByte);
    return this.machine.flash.transfer(Uint8Array.of(0x03, ...addressBytes(address)), length);
  }

  protected jedecId(): Uint8Array {
    return this.machine.flash.transfer(Uint8Array.of(0x9f), 3);
  }

  private async waitForFlash(): Promise<void> {
    const { flash } = this.machine;
    const { busyMs } = flash;
    flash.elapse(busyMs);
    await this.machine.spend(busyMs);
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let frame = this.frames.shift(); frame !== undefined; frame = this.frames.shift()) {
      const request = parseRequest(frame);
      if (request !== undefined) await this.handle(request);
      if (this.machine.signal.aborted) return;
    }
    this.working = false;
    const waiting = Uint8Array.from(this.fifo);
    this.fifo = [];
    if (waiting.length > 0) this.receive(waiting);
  }
}

function addressBytes(address: number): number[] {
  return [(address >> 16) & 0xff, (address >> 8) & 0xff, address & 0xff];
}
