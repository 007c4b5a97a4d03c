import type { InspectedBuffer } from '../../src/protocol/kmodel-inspection';

/** The KPU's own memory. */
export const kpuMemoryBytes = 2 * 1024 * 1024;
export const kpuLineBytes = 64;

export interface MemoryUse {
  /** Bytes at the fullest step. */
  readonly peakBytes: number;
  /** First and last layer of the fullest steps. */
  readonly peakFirst: number;
  readonly peakLast: number;
  /** Bytes that no step touches. */
  readonly unusedBytes: number;
  /** The largest piece of them. */
  readonly largestGap: { readonly fromByte: number; readonly toByte: number };
}

/** How full the KPU's memory is over the layers. */
export function memoryUse(buffers: readonly InspectedBuffer[], steps: number): MemoryUse {
  const used = Array.from({ length: steps }, (_, step) => buffers.reduce((sum, buffer) => (isAlive(buffer, step) ? sum + buffer.toByte - buffer.fromByte : sum), 0));
  const peakBytes = Math.max(0, ...used);
  const gaps = gapsBetween(buffers);
  return {
    peakBytes, peakFirst: Math.max(0, used.indexOf(peakBytes)), peakLast: Math.max(0, used.lastIndexOf(peakBytes)),
    unusedBytes: gaps.reduce((sum, { fromByte, toByte }) => sum + toByte - fromByte, 0),
    largestGap: gaps.reduce((most, gap) => (gap.toByte - gap.fromByte > most.toByte - most.fromByte ? gap : most), { fromByte: 0, toByte: 0 }),
  };
}

/** Whether a buffer is written, kept or read in a step. */
export function isAlive({ birth, death }: InspectedBuffer, step: number): boolean {
  return birth <= step && step <= death;
}

function gapsBetween(buffers: readonly InspectedBuffer[]): { fromByte: number; toByte: number }[] {
  const gaps = [];
  let end = 0;
  for (const { fromByte, toByte } of [...buffers].sort((a, b) => a.fromByte - b.fromByte)) {
    if (fromByte > end) gaps.push({ fromByte: end, toByte: fromByte });
    end = Math.max(end, toByte);
  }
  if (end < kpuMemoryBytes) gaps.push({ fromByte: end, toByte: kpuMemoryBytes });
  return gaps;
}
