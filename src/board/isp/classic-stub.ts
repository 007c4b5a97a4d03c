import type { StubLine } from './baud-ladder';
import { LinkFailure, outcomeText } from './isp-error';
import type { IspLink } from './isp-link';
import { encodeUint32, flashChip, ispStatus, stubOp } from './packet';
import { askStub } from './stub-request';

const attempts = 4;
const initTimeoutMs = 3000;
const writeTimeoutMs = 10_000;
const nopTimeoutMs = 200;
const rebootTimeoutMs = 500;

/** A flash stub as kflash uses them: it writes, and tells nothing of what the flash holds (k210-serial.md, section 1.6). */
export class ClassicStub implements StubLine {
  constructor(readonly link: IspLink) {}

  async nop(): Promise<boolean> {
    const reply = await this.link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: nopTimeoutMs });
    return reply?.status === ispStatus.ok;
  }

  /** The reply comes at the old or the new rate, depending on the stub, so it says nothing. */
  async askBaudRate(baudRate: number): Promise<'unknown'> {
    await this.link.post({ op: stubOp.setBaudRate, address: 0, payload: encodeUint32(baudRate) });
    return 'unknown';
  }

  /** @throws LinkFailure */
  async initializeFlash(): Promise<void> {
    const { ok, reply } = await askStub(this.link, { op: stubOp.flashInit, address: flashChip.onBoard }, { timeoutMs: initTimeoutMs, attempts });
    if (!ok) throw new LinkFailure('K2-FLASH-ID', `The flash stub on ${this.link.transport.path} could not start the flash (${outcomeText(reply)}).`);
  }

  /** Resolves when the stub says that it wrote; what the flash holds nobody asked. @throws LinkFailure */
  async write(address: number, payload: Uint8Array, onSent?: (bytes: number) => void): Promise<void> {
    const { ok, reply } = await askStub(this.link, { op: stubOp.flashWrite, address, payload }, { timeoutMs: writeTimeoutMs, attempts, ...(onSent ? { onSent } : {}) });
    if (!ok) throw new LinkFailure('K2-WRITE', `The flash stub did not write 0x${address.toString(16)} at ${this.link.baudRate} baud (${outcomeText(reply)}).`);
  }

  async reboot(): Promise<void> {
    await this.link.exchange({ op: stubOp.reboot, address: 0 }, { timeoutMs: rebootTimeoutMs });
  }
}
