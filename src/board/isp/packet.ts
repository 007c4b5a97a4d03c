import { crc32 } from '../../base/crc32';

/**
 * Packets of the K210's in-system programming, inside SLIP frames, all numbers little-endian (k210-serial.md, sections 1.3 to 1.6, 2.3).
 * A request is op u16, reserved u16, CRC-32 u32 of all that follows, address u32, length u32, payload. A reply is op u8, status u8, data.
 */

/** Requests that the boot ROM knows. */
export const romOp = {
  echo: 0xc1,
  nop: 0xc2,
  /** Payload of 1 KiB at most to an address in SRAM. */
  memoryWrite: 0xc3,
  memoryRead: 0xc4,
  /** Jumps to the address, without a reply. */
  boot: 0xc5,
  setBaudRate: 0xc6,
} as const;

/** Requests that every flash stub knows; `debug` is sent by the board alone, unasked, with text as data. */
export const stubOp = {
  debug: 0xd1,
  nop: 0xd2,
  /** Never sent by us: some stubs take any erase for one of the whole chip. */
  erase: 0xd3,
  flashWrite: 0xd4,
  reboot: 0xd5,
  setBaudRate: 0xd6,
  /** The address field names the chip, see `flashChip`. */
  flashInit: 0xd7,
} as const;

/** Requests that only our own stub knows. */
export const ownStubOp = {
  /** Address, length up to 64 KiB; the reply has a CRC-32 and the bytes. */
  flashRead: 0xda,
  /** Address, any length; the reply has the CRC-32 of that part of the flash. */
  flashCrc: 0xdb,
  /** Any payload; only its CRC is looked at. */
  linkTest: 0xdc,
  /** The reply has the JEDEC id, eight bytes of unique number, and the status register of the flash. */
  flashIdentity: 0xdd,
  /** The reply is a `StubHello`. */
  hello: 0xde,
} as const;

export const ispStatus = {
  /** What the ROM may answer to a memory write instead of `ok`. */
  default: 0x00,
  ok: 0xe0,
  badLength: 0xe1,
  badChecksum: 0xe2,
  invalidCommand: 0xe3,
  badInitialization: 0xe4,
  executionFailed: 0xe5,
} as const;

/** Values of the address field of `flashInit`: the names are historic, the boot flash is on SPI3 with both. */
export const flashChip = { inChip: 0, onBoard: 1 } as const;

/** Where stubs are loaded and started. */
export const stubLoadAddress = 0x80000000;
/** Longest payload of a memory write to the ROM. */
export const romChunkBytes = 1024;
/** Longest payload of a flash write, and the larger of the two erase sizes. */
export const flashBlockBytes = 65536;
/** The smaller erase size: addresses and lengths of flash writes are multiples of it. */
export const flashSectorBytes = 4096;

export const requestHeaderBytes = 16;
const crcOffset = 4;
const checkedOffset = 8;
const replyHeaderBytes = 2;

export interface IspRequest {
  readonly op: number;
  /** 0 to 2^32 - 1. */
  readonly address: number;
  /** Length field; that of the payload unless the request says another (`erase`, `flashRead`, `flashCrc`). */
  readonly length?: number;
  readonly payload?: Uint8Array;
}

/** A request as a board gets it. */
export interface ReceivedRequest extends Required<IspRequest> {
  readonly crcFits: boolean;
}

export interface IspReply {
  readonly op: number;
  readonly status: number;
  readonly data: Uint8Array;
}

export function encodeRequest({ op, address, payload = new Uint8Array(0), length = payload.length }: IspRequest): Uint8Array {
  const packet = new Uint8Array(requestHeaderBytes + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint16(0, op, true);
  view.setUint32(8, address, true);
  view.setUint32(12, length, true);
  packet.set(payload, requestHeaderBytes);
  view.setUint32(crcOffset, crc32(packet.subarray(checkedOffset)), true);
  return packet;
}

/** Undefined when `packet` is shorter than a header. */
export function parseRequest(packet: Uint8Array): ReceivedRequest | undefined {
  if (packet.length < requestHeaderBytes) return undefined;
  const view = viewOf(packet);
  return {
    op: view.getUint16(0, true),
    address: view.getUint32(8, true),
    length: view.getUint32(12, true),
    payload: packet.subarray(requestHeaderBytes),
    crcFits: view.getUint32(crcOffset, true) === crc32(packet.subarray(checkedOffset)),
  };
}

export function encodeReply({ op, status, data }: IspReply): Uint8Array {
  const packet = new Uint8Array(replyHeaderBytes + data.length);
  packet.set([op, status]);
  packet.set(data, replyHeaderBytes);
  return packet;
}

/** Undefined when `packet` is shorter than op and status. */
export function parseReply(packet: Uint8Array): IspReply | undefined {
  const [op, status] = packet;
  return op === undefined || status === undefined ? undefined : { op, status, data: packet.subarray(replyHeaderBytes) };
}

/** The fixed greeting of kflash, 14 bytes without a valid CRC, which the ROM accepts as well as a whole packet. */
export function shortGreeting(): Uint8Array {
  return Uint8Array.of(romOp.nop, ...new Uint8Array(13));
}

/** One u32 as payload (baud rates) or as data of a reply (CRCs). */
export function encodeUint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

/** Undefined when there are fewer than four bytes from `offset` on. */
export function parseUint32(bytes: Uint8Array, offset = 0): number | undefined {
  return bytes.length < offset + 4 ? undefined : viewOf(bytes).getUint32(offset, true);
}

/** Readable name of a status, for errors and logs. */
export function statusText(status: number): string {
  const name = Object.entries(ispStatus).find(([, code]) => code === status)?.[0];
  const hex = status.toString(16).padStart(2, '0').toUpperCase();
  return name === undefined ? `status ${hex}` : `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} (${hex})`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
