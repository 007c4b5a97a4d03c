import { FrameFollower } from './frame-place';
import type { Fault, WireDirection } from './faults';

type LineFault = Extract<Fault, { readonly direction: WireDirection }>;

/** Applies the faults of one direction of a line to the bytes that pass. */
export class LineDisturbance {
  private readonly follower: FrameFollower;
  private readonly faults: { readonly fault: LineFault; left: number; toSkip: number; lastFrame: number }[];
  /** Bytes of a burst that are still lost. */
  private losing = 0;

  constructor(faults: readonly Fault[], direction: WireDirection) {
    this.follower = new FrameFollower(direction);
    this.faults = faults
      .filter((fault): fault is LineFault => 'direction' in fault && fault.direction === direction)
      .map((fault) => ({ fault, left: fault.times, toSkip: fault.skip, lastFrame: -1 }));
  }

  apply(bytes: Uint8Array): Uint8Array {
    if (this.faults.length === 0) return Uint8Array.from(bytes);
    const passing: number[] = [];
    bytes.forEach((byte, i) => passing.push(...this.pass(byte, bytes[i + 1])));
    return Uint8Array.from(passing);
  }

  private pass(byte: number, following: number | undefined): number[] {
    const fault = this.due(byte, following);
    if (fault?.kind === 'burst-loss') this.losing = fault.bytes;
    if (this.losing > 0) {
      this.losing--;
      return [];
    }
    switch (fault?.kind) {
      case 'drop-byte': return [];
      case 'flip-bit': return [byte ^ 0x10];
      case 'duplicate-byte': return [byte, byte];
      default: return [byte];
    }
  }

  /** The fault that falls on this byte; one per frame and fault. */
  private due(byte: number, following: number | undefined): LineFault | undefined {
    const place = this.follower.place(byte, following);
    const { op, frameCount } = this.follower;
    for (const state of this.faults) {
      const { fault } = state;
      if (state.left === 0 || state.lastFrame === frameCount || fault.place !== place || (fault.op !== undefined && fault.op !== op)) continue;
      state.lastFrame = frameCount;
      if (state.toSkip > 0) {
        state.toSkip--;
        continue;
      }
      state.left--;
      return fault;
    }
    return undefined;
  }
}
