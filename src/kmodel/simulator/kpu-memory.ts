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

/** Calls `copy(kpuByte, packedIndex, width)` for every row of a map; packed maps are [channel][row][column]. */
function eachRow({ width, height, channels, line }: MapPlace, copy: (kpuByte: number, packedIndex: number) => void): void {
  const { groups, rowLines, pitchBytes } = mapLayout(width);
  for (let channel = 0; channel < channels; channel++) {
    const base = (line + Math.floor(channel / groups) * rowLines * height) * kpuLineBytes + (channel % groups) * pitchBytes;
    for (let y = 0; y < height; y++) copy(base + y * rowLines * kpuLineBytes, (channel * height + y) * width);
  }
}

/** Copies a map out of KPU memory into packed bytes [channels][height][width]. */
export function readMap(memory: Uint8Array, place: MapPlace): Uint8Array {
  const packed = new Uint8Array(place.width * place.height * place.channels);
  eachRow(place, (kpuByte, index) => copyBytes(memory, kpuByte, packed, index, place.width));
  return packed;
}

/** Copies packed bytes [channels][height][width] into KPU memory. */
export function writeMap(memory: Uint8Array, place: MapPlace, packed: Uint8Array): void {
  eachRow(place, (kpuByte, index) => copyBytes(packed, index, memory, kpuByte, place.width));
}

/** Rows up to this length are copied faster byte by byte. */
const shortRow = 64;

function copyBytes(source: Uint8Array, from: number, target: Uint8Array, to: number, count: number): void {
  if (count > shortRow) return target.set(source.subarray(from, from + count), to);
  for (let i = 0; i < count; i++) target[to + i] = source[from + i] as number;
}
