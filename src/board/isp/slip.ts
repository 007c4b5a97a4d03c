import { ByteLog } from './byte-log';

/** Bytes with a meaning of their own in SLIP (RFC 1055), as the K210's boot ROM uses it: a delimiter at both ends of a frame. */
export const slipByte = { end: 0xc0, escape: 0xdb, escapedEnd: 0xdc, escapedEscape: 0xdd } as const;

/** Longest decoded frame that is kept; the longest one that a board sends is a read of 64 KiB. */
const defaultFrameLimitBytes = 128 * 1024;

/** One frame on the wire: delimiter, payload with escapes, delimiter. */
export function encodeSlip(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 * payload.length + 2);
  let length = 0;
  frame[length++] = slipByte.end;
  for (const byte of payload) {
    if (byte === slipByte.end || byte === slipByte.escape) {
      frame[length++] = slipByte.escape;
      frame[length++] = byte === slipByte.end ? slipByte.escapedEnd : slipByte.escapedEscape;
    } else {
      frame[length++] = byte;
    }
  }
  frame[length++] = slipByte.end;
  return frame.subarray(0, length);
}

/**
 * Takes a stream apart into frames, wherever it is cut.
 * Every delimiter both ends a frame and starts one, and empty frames count for nothing: so a lost or doubled delimiter costs one frame
 * at most, never the frames after it. The price is that text between two frames comes out as a frame; a caller that sees
 * no packet in one adds it to `garbage`, where also everything goes that precedes the first delimiter, breaks the rule of escapes
 * or is too long.
 */
export class SlipDecoder {
  private frame: number[] | undefined;
  private escaped = false;

  /** @param frameLimitBytes longest decoded frame; a longer one is dropped up to the next delimiter */
  constructor(
    readonly garbage = new ByteLog(),
    private readonly frameLimitBytes = defaultFrameLimitBytes,
  ) {}

  /** Bytes of a frame whose end has not come yet. */
  get unfinishedBytes(): number {
    return this.frame?.length ?? 0;
  }

  /** Frames that end within `bytes`, decoded, none of them empty. */
  push(bytes: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let outsideFrom = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] as number;
      if (byte === slipByte.end) {
        if (this.frame === undefined) this.garbage.add(bytes.subarray(outsideFrom, index));
        else if (this.escaped) this.drop();
        else if (this.frame.length > 0) frames.push(Uint8Array.from(this.frame));
        this.frame = [];
        this.escaped = false;
      } else if (this.frame !== undefined && !this.take(byte)) {
        this.drop();
        this.garbage.add(bytes.subarray(index, index + 1));
        outsideFrom = index + 1;
      }
    }
    if (this.frame === undefined) this.garbage.add(bytes.subarray(outsideFrom));
    return frames;
  }

  /** Forgets a half frame, as after the input was discarded; what comes before the next delimiter is garbage. */
  reset(): void {
    this.drop();
  }

  /** Whether `byte` may stand at this place of the frame. */
  private take(byte: number): boolean {
    const frame = this.frame as number[];
    if (this.escaped) {
      if (byte !== slipByte.escapedEnd && byte !== slipByte.escapedEscape) return false;
      frame.push(byte === slipByte.escapedEnd ? slipByte.end : slipByte.escape);
      this.escaped = false;
    } else if (byte === slipByte.escape) {
      this.escaped = true;
    } else {
      frame.push(byte);
    }
    return frame.length <= this.frameLimitBytes;
  }

  private drop(): void {
    this.garbage.add(Uint8Array.from(this.frame ?? []));
    this.frame = undefined;
    this.escaped = false;
  }
}
