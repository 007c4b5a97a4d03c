/**
 * Windows bitmaps (BMP), as described in Microsoft's documentation of BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPINFOHEADER:
 * 1, 4 and 8 bits a pixel with a palette, 16, 24 and 32 bits, rows from the bottom or from the top, uncompressed, with colour
 * masks (BI_BITFIELDS), or 8 bits run-length encoded (BI_RLE8). Transparency is ignored. sharp cannot read them.
 */
import type { RgbImage } from './rgb-image';

/** Larger pictures are refused before their memory is asked for. */
const maxPixels = 2 ** 28;
const fileHeaderBytes = 14;
const coreHeaderBytes = 12;
const infoHeaderBytes = 40;
/** BITMAPV5HEADER, the longest that is known. */
const longestHeaderBytes = 124;

const compression = { none: 0, rle8: 1, bitFields: 3 } as const;

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly palette: readonly Rgb[];
  readonly masks: ColourMasks;
  readonly dataStart: number;
}

type Rgb = readonly [red: number, green: number, blue: number];
/** Bits of a pixel that belong to red, green and blue. */
type ColourMasks = readonly [red: number, green: number, blue: number];

const masks16: ColourMasks = [0x7c00, 0x03e0, 0x001f];
const masks32: ColourMasks = [0xff0000, 0xff00, 0xff];

/** Whether the bytes begin as a BMP file does. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes.length >= fileHeaderBytes + coreHeaderBytes && bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/** @throws Error saying what is wrong */
export function decodeBmp(bytes: Uint8Array): RgbImage {
  if (!isBmp(bytes)) throw new Error('it is no BMP file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const { width, height } = header;
  const data = new Uint8Array(width * height * 3);
  const indices = header.compression === compression.rle8 ? unpackRle8(view, header) : undefined;
  for (let row = 0; row < height; row++) {
    const target = data.subarray(row * width * 3, (row + 1) * width * 3);
    const storedRow = header.topDown ? row : height - 1 - row;
    if (indices) writeIndices(target, header.palette, indices.subarray(storedRow * width, (storedRow + 1) * width));
    else writeRow(target, view, header, storedRow);
  }
  return { width, height, data };
}

function readHeader(view: DataView): BmpHeader {
  const sizeBytes = view.getUint32(fileHeaderBytes, true);
  const isCore = sizeBytes === coreHeaderBytes;
  if ((!isCore && sizeBytes < infoHeaderBytes) || sizeBytes > longestHeaderBytes || fileHeaderBytes + sizeBytes > view.byteLength) throw new Error('its header is damaged');
  const at = fileHeaderBytes + 4;
  const width = isCore ? view.getUint16(at, true) : view.getInt32(at, true);
  const signedHeight = isCore ? view.getUint16(at + 2, true) : view.getInt32(at + 4, true);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1 || width * height > maxPixels) throw new Error(`its size ${width} x ${height} is out of range`);
  const bits = view.getUint16(isCore ? at + 6 : at + 10, true);
  const kind = isCore ? compression.none : view.getUint32(at + 12, true);
  checkKind(kind, bits);
  const dataStart = view.getUint32(10, true);
  const header = { width, height, topDown: signedHeight < 0, bits, compression: kind, dataStart };
  if (dataStart > view.byteLength || (kind !== compression.rle8 && dataStart + rowBytes(header) * height > view.byteLength)) throw new Error('it is cut off');
  return { ...header, palette: bits <= 8 ? readPalette(view, sizeBytes, bits, dataStart) : [], masks: readMasks(view, kind, bits) };
}

function checkKind(kind: number, bits: number): void {
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`it has ${bits} bits a pixel`);
  const isKnown = kind === compression.none || (kind === compression.rle8 && bits === 8) || (kind === compression.bitFields && (bits === 16 || bits === 32));
  if (!isKnown) throw new Error(`its compression ${kind} at ${bits} bits a pixel is not supported`);
}

/** Rows are padded to whole 32-bit words. */
function rowBytes({ width, bits }: Pick<BmpHeader, 'width' | 'bits'>): number {
  return Math.ceil((width * bits) / 32) * 4;
}

function readPalette(view: DataView, headerBytes: number, bits: number, dataStart: number): Rgb[] {
  const entryBytes = headerBytes === coreHeaderBytes ? 3 : 4;
  const start = fileHeaderBytes + headerBytes;
  const announced = headerBytes === coreHeaderBytes ? 0 : view.getUint32(fileHeaderBytes + 32, true);
  const room = Math.max(0, Math.floor((Math.min(dataStart, view.byteLength) - start) / entryBytes));
  const count = Math.min(announced === 0 ? 2 ** bits : announced, 2 ** bits, room);
  return Array.from({ length: count }, (_, i): Rgb => {
    const at = start + i * entryBytes;
    return [view.getUint8(at + 2), view.getUint8(at + 1), view.getUint8(at)];
  });
}

/** The masks lie behind the first 40 bytes of the header, within a longer header or after it. */
function readMasks(view: DataView, kind: number, bits: number): ColourMasks {
  if (kind !== compression.bitFields) return bits === 16 ? masks16 : masks32;
  const at = fileHeaderBytes + infoHeaderBytes;
  if (at + 12 > view.byteLength) throw new Error('it is cut off');
  const masks: ColourMasks = [view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
  if (masks.some((mask) => mask === 0)) throw new Error('one of its colour masks is empty');
  return masks;
}

function writeRow(target: Uint8Array, view: DataView, header: BmpHeader, storedRow: number): void {
  const start = header.dataStart + storedRow * rowBytes(header);
  const { width, bits } = header;
  if (bits <= 8) {
    writeIndices(target, header.palette, unpackIndices(view, start, width, bits));
  } else if (bits === 24) {
    for (let i = 0, at = start; i < target.length; i += 3, at += 3) {
      target[i] = view.getUint8(at + 2);
      target[i + 1] = view.getUint8(at + 1);
      target[i + 2] = view.getUint8(at);
    }
  } else {
    const channels = header.masks.map((mask) => maskedLevel(mask));
    for (let column = 0; column < width; column++) {
      const pixel = bits === 16 ? view.getUint16(start + 2 * column, true) : view.getUint32(start + 4 * column, true);
      channels.forEach((levelOf, channel) => (target[3 * column + channel] = levelOf(pixel)));
    }
  }
}

/** The value under a mask, scaled to 0..255. */
function maskedLevel(mask: number): (pixel: number) => number {
  const shift = 31 - Math.clz32(mask & -mask);
  const highest = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / highest);
}

function unpackIndices(view: DataView, start: number, width: number, bits: number): Uint8Array {
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  return Uint8Array.from({ length: width }, (_, column) => {
    const byte = view.getUint8(start + Math.floor(column / perByte));
    return (byte >>> (8 - bits * ((column % perByte) + 1))) & mask;
  });
}

function writeIndices(target: Uint8Array, palette: readonly Rgb[], indices: Uint8Array): void {
  indices.forEach((index, column) => {
    const colour = palette[index];
    if (!colour) throw new Error(`a pixel has the colour ${index}, but its palette has ${palette.length}`);
    target.set(colour, 3 * column);
  });
}

/** Palette indices in the stored order of rows; what is skipped stays 0. */
function unpackRle8(view: DataView, { width, height, dataStart }: BmpHeader): Uint8Array {
  const indices = new Uint8Array(width * height);
  let position = dataStart;
  const next = (): number => {
    if (position >= view.byteLength) throw new Error('it is cut off');
    return view.getUint8(position++);
  };
  let column = 0;
  let row = 0;
  const put = (index: number): void => {
    if (column >= width || row >= height) throw new Error('its run lengths leave the picture');
    indices[row * width + column++] = index;
  };
  for (;;) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(value);
    } else if (value === 0) {
      column = 0;
      row++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      column += next();
      row += next();
    } else {
      for (let i = 0; i < value; i++) put(next());
      position += value & 1;
    }
  }
}
