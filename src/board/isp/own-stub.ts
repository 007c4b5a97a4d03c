import { crc32 } from '../../base/crc32';
import { BoardError } from '../board-error';
import type { StubLine } from './baud-ladder';
import { LinkFailure, outcomeText } from './isp-error';
import type { IspLink } from './isp-link';
import {
  encodeUint32, flashBlockBytes, flashChip, flashSectorBytes, ispStatus, ownStubOp, parseUint32, stubOp, type IspReply,
} from './packet';
import type { StubHello } from './stub-hello';
import { askStub } from './stub-request';

/** A flash chip as its JEDEC bytes tell: maker, kind, log2 of the size. */
export interface FlashChip {
  readonly jedecId: readonly [number, number, number];
  readonly sizeBytes: number;
}

const attempts = 4;
const initTimeoutMs = 3000;
const crcTimeoutMs = 5000;
const readTimeoutMs = 5000;
const writeTimeoutMs = 10_000;
const linkTestTimeoutMs = 500;
const nopTimeoutMs = 200;
const rebootTimeoutMs = 500;
const bitsPerByteOnWire = 10;
/** Three address bytes reach 16 MiB; parts below 1 MiB are on no K210 board. */
const sizeExponents = { least: 20, most: 24 } as const;

/** Our own stub while it runs (k210-serial.md, section 2.3). Addresses are bytes from the start of the flash. */
export class OwnStub implements StubLine {
  constructor(
    readonly link: IspLink,
    readonly hello: StubHello,
  ) {}

  /** Longest flash write, a multiple of a sector. */
  get blockBytes(): number {
    const { payloadLimitBytes } = this.hello;
    return Math.max(flashSectorBytes, Math.min(flashBlockBytes, payloadLimitBytes - (payloadLimitBytes % flashSectorBytes)));
  }

  async nop(): Promise<boolean> {
    const reply = await this.link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: nopTimeoutMs });
    return reply?.status === ispStatus.ok;
  }

  async linkTest(payload: Uint8Array): Promise<boolean> {
    const reply = await this.link.exchange({ op: ownStubOp.linkTest, address: 0, payload }, { timeoutMs: linkTestTimeoutMs });
    return reply?.status === ispStatus.ok;
  }

  /** The host's side of the rate is the caller's. */
  async askBaudRate(baudRate: number): Promise<'agreed' | 'refused' | 'unknown'> {
    const reply = await this.link.exchange({ op: stubOp.setBaudRate, address: 0, payload: encodeUint32(baudRate) }, { timeoutMs: rebootTimeoutMs });
    if (reply === undefined) return 'unknown';
    return reply.status === ispStatus.ok ? 'agreed' : 'refused';
  }

  /** @throws BoardError K2-FLASH-ID when no known flash answers; LinkFailure */
  async initializeFlash(): Promise<FlashChip> {
    const { ok, reply } = await askStub(this.link, { op: stubOp.flashInit, address: flashChip.onBoard }, {
      timeoutMs: initTimeoutMs, attempts, accept: ({ data }) => data.length === 3 && sizeOf(data[2]) !== undefined,
    });
    const [maker, kind, exponent] = reply?.data ?? [];
    const sizeBytes = sizeOf(exponent);
    if (ok && maker !== undefined && kind !== undefined && exponent !== undefined && sizeBytes !== undefined) return { jedecId: [maker, kind, exponent], sizeBytes };
    if (reply === undefined) throw new LinkFailure('K2-FLASH-ID', `The flash stub on ${this.link.transport.path} does not answer any more.`);
    throw new BoardError(
      'K2-FLASH-ID', `The flash chip of the board did not identify itself (${outcomeText(reply)}, ${Buffer.from(reply.data).toString('hex') || 'no bytes'}).`,
      'Check the supply of the board (a weak USB port is enough for the chip but not for its flash) and start again.',
    );
  }

  /** CRC-32 of a part of the flash. @throws LinkFailure */
  async crc(address: number, length: number): Promise<number> {
    const { ok, reply } = await askStub(this.link, { op: ownStubOp.flashCrc, address, length }, { timeoutMs: crcTimeoutMs, attempts, accept: ({ data }) => data.length === 4 });
    const value = ok && reply ? parseUint32(reply.data) : undefined;
    if (value === undefined) throw this.failure('checked', address, reply);
    return value;
  }

  /** @param length 64 KiB at most. @throws LinkFailure */
  async read(address: number, length: number): Promise<Uint8Array> {
    const replyMs = (2 * length * bitsPerByteOnWire * 1000) / this.link.baudRate;
    const isWhole = ({ data }: IspReply): boolean => data.length === length + 4 && parseUint32(data) === crc32(data.subarray(4));
    const { ok, reply } = await askStub(this.link, { op: ownStubOp.flashRead, address, length }, { timeoutMs: readTimeoutMs + replyMs, attempts, accept: isWhole });
    if (!ok || !reply) throw this.failure('read', address, reply);
    return reply.data.slice(4);
  }

  /**
   * Erases and programs whole sectors. Resolves when the flash has exactly `bytes`, by the stub's own reading of it.
   * @param before CRC-32 of what is there now
   * @param onSent gets the bytes of each piece sent, those of repeated attempts too
   * @throws BoardError K2-FLASH-PROTECTED or K2-WRITE when the flash does not take them; LinkFailure when the line does not
   */
  async write(address: number, bytes: Uint8Array, before: number, onSent?: (bytes: number) => void): Promise<void> {
    const wanted = crc32(bytes);
    const { ok, reply } = await askStub(this.link, { op: stubOp.flashWrite, address, payload: bytes }, {
      timeoutMs: writeTimeoutMs, attempts, ...(onSent ? { onSent } : {}),
      accept: ({ data }) => parseUint32(data) === wanted,
      beforeRetry: async (last) => {
        if (last?.status === ispStatus.invalidCommand || last?.status === ispStatus.badInitialization) await this.initializeFlash();
        return (await this.crc(address, bytes.length)) === wanted;
      },
    });
    if (ok) return;
    const after = await this.crc(address, bytes.length);
    if (after === wanted) return;
    if (reply?.status !== ispStatus.executionFailed && reply?.status !== ispStatus.ok) throw this.failure('written', address, reply);
    if (after === before) {
      throw new BoardError(
        'K2-FLASH-PROTECTED', `The flash did not change at ${hex(address)}: it is write-protected.`,
        'Remove the protection with the vendor\'s tool (block-protect bits of its status register), or use another board.',
      );
    }
    throw new BoardError('K2-WRITE', `The flash at ${hex(address)} does not keep what is written (${outcomeText(reply)}).`, 'Check the supply of the board; if it happens at the same address again, the flash is worn out: choose another --address.');
  }

  /** Starts what is in the flash; nothing is expected any more. */
  async reboot(): Promise<void> {
    await this.link.exchange({ op: stubOp.reboot, address: 0 }, { timeoutMs: rebootTimeoutMs });
  }

  private failure(what: string, address: number, reply: IspReply | undefined): LinkFailure {
    return new LinkFailure('K2-WRITE', `The flash at ${hex(address)} could not be ${what} over ${this.link.transport.path} at ${this.link.baudRate} baud (${outcomeText(reply)}).`);
  }
}

function sizeOf(exponent: number | undefined): number | undefined {
  return exponent !== undefined && exponent >= sizeExponents.least && exponent <= sizeExponents.most ? 2 ** exponent : undefined;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
