/**
 * How the KPU lays feature maps out in its 2 MiB of memory (design document "k210-kmodel", section 3.1): lines of 64 bytes, rows
 * of narrow maps share a line with those of one or three further channels.
 */
export const kpuLineBytes = 64;
export const kpuLineCount = 32_768;

export interface MapLayout {
  /** Channels that share a line: 1, 2 or 4. */
  readonly groups: number;
  /** Lines of a row. */
  readonly rowLines: number;
  /** Bytes from a channel to the next within a line. */
  readonly pitchBytes: number;
}

/** @param width pixels, 1..1024 */
export function mapLayout(width: number): MapLayout {
  if (width <= 16) return { groups: 4, rowLines: 1, pitchBytes: 16 };
  if (width <= 32) return { groups: 2, rowLines: 1, pitchBytes: 32 };
  const rowLines = Math.ceil(width / kpuLineBytes);
  return { groups: 1, rowLines, pitchBytes: kpuLineBytes * rowLines };
}

/** Lines that a map takes; with fewer channels than share a line it takes as many as a full line would. */
export function mapLines(width: number, height: number, channels: number): number {
  if (channels === 0) return 0;
  const { groups, rowLines } = mapLayout(width);
  return rowLines * height * Math.ceil(channels / Math.min(channels, groups));
}

/** Where a map lies: size in pixels and channels, and its first line. */
export interface MapPlace {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly line: number;
}

/** Copies a map out of KPU memory into packed bytes [channels][height][width]. */
export function readMap(memory: Uint8Array, { width, height, channels, line }: MapPlace): Uint8Array {
  const packed = new Uint8Array(width * height * channels);
  const rowBytes = mapLayout(width).rowLines * kpuLineBytes;
  for (let channel = 0; channel < channels; channel++) {
    copyRows(memory, channelByte(width, height, channel, line), rowBytes, packed, channel * height * width, width, width, height);
  }
  return packed;
}

/** Copies packed bytes [channels][height][width] into KPU memory. */
export function writeMap(memory: Uint8Array, { width, height, channels, line }: MapPlace, packed: Uint8Array): void {
  const rowBytes = mapLayout(width).rowLines * kpuLineBytes;
  for (let channel = 0; channel < channels; channel++) {
    copyRows(packed, channel * height * width, width, memory, channelByte(width, height, channel, line), rowBytes, width, height);
  }
}

/** Where a channel of a map begins in KPU memory. */
function channelByte(width: number, height: number, channel: number, line: number): number {
  const { groups, rowLines, pitchBytes } = mapLayout(width);
  return (line + Math.floor(channel / groups) * rowLines * height) * kpuLineBytes + (channel % groups) * pitchBytes;
}

/** Rows up to this length are copied faster byte by byte. */
const shortRow = 40;

function copyRows(source: Uint8Array, from: number, fromStep: number, target: Uint8Array, to: number, toStep: number, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    const [first, start] = [from + y * fromStep, to + y * toStep];
    if (width > shortRow) target.set(source.subarray(first, first + width), start);
    else for (let x = 0; x < width; x++) target[start + x] = source[first + x] as number;
  }
}
