import { slipByte } from '../isp/slip';
import type { FramePlace, WireDirection } from './faults';

/** Lengths of what precedes the data, without escapes: a request's op, status, CRC, address and length; a reply's op and status. */
const crcStart = 4;
const crcEnd = 8;
const requestHeaderBytes = 16;
const replyHeaderBytes = 2;

/** Follows one direction of a line and says where in a frame each byte stands. */
export class FrameFollower {
  /** Undefined outside a frame. */
  private position: number | undefined;
  private escaped = false;
  /** Op of the present frame, or of the last one. */
  op: number | undefined;
  /** Frames that have begun so far. */
  frameCount = 0;

  constructor(private readonly direction: WireDirection) {}

  /**
   * The place of `byte`, the next one on the line; undefined outside frames.
   * @param following the byte after it, which tells the op while a frame's first delimiter passes
   */
  place(byte: number, following: number | undefined): FramePlace | undefined {
    if (byte === slipByte.end) return this.delimiter(following);
    if (this.position === undefined) return undefined;
    const place = this.placeAt(this.position);
    if (this.escaped || byte !== slipByte.escape) this.position++;
    this.escaped = !this.escaped && byte === slipByte.escape;
    return place;
  }

  private delimiter(following: number | undefined): FramePlace {
    this.escaped = false;
    if (this.position !== undefined && this.position > 0) {
      this.position = undefined;
      return 'end';
    }
    this.position = 0;
    this.op = following;
    this.frameCount++;
    return 'start';
  }

  private placeAt(position: number): FramePlace {
    if (this.direction === 'to-host') return position < replyHeaderBytes ? 'header' : 'payload';
    if (position >= crcStart && position < crcEnd) return 'crc';
    return position < requestHeaderBytes ? 'header' : 'payload';
  }
}
