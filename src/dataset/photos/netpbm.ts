import type { RgbImage } from './rgb-image';

/** Larger pictures are refused before their memory is asked for. */
const maxPixels = 2 ** 28;

/** Whether the bytes are a binary PGM or PPM picture by their first three. */
export function isNetpbm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && (bytes[1] === 0x35 || bytes[1] === 0x36) && (isBlank(bytes[2]) || bytes[2] === 0x23);
}

/**
 * Reads a binary PGM (P5) or PPM (P6) picture, as described in the Netpbm manual pages pgm(5) and ppm(5); sharp cannot.
 * Grey becomes R = G = B. Sample values are scaled from 0..maxval (at most 65535) to 0..255.
 * @throws Error saying what is wrong
 */
export function decodeNetpbm(bytes: Uint8Array): RgbImage {
  const magic = String.fromCharCode(bytes[0] ?? 0, bytes[1] ?? 0);
  if (magic !== 'P5' && magic !== 'P6') throw new Error('it is neither a binary PGM (P5) nor a binary PPM (P6)');
  const header = readHeader(bytes);
  const { width, height, maxValue, dataStart } = header;
  if (width < 1 || height < 1 || width * height > maxPixels) throw new Error(`its size ${width} x ${height} is out of range`);
  if (maxValue < 1 || maxValue > 65535) throw new Error(`its highest value ${maxValue} is out of range`);
  const channels = magic === 'P5' ? 1 : 3;
  const sampleBytes = maxValue > 255 ? 2 : 1;
  const sampleCount = width * height * channels;
  if (bytes.length - dataStart < sampleCount * sampleBytes) throw new Error('it is cut off');
  const samples = readSamples(bytes, dataStart, sampleCount, maxValue);
  return { width, height, data: channels === 3 ? samples : greyToRgb(samples) };
}

interface NetpbmHeader {
  readonly width: number;
  readonly height: number;
  readonly maxValue: number;
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array): NetpbmHeader {
  let position = 2;
  const nextNumber = (): number => {
    position = skipBlanks(bytes, position);
    const start = position;
    while (isDigit(bytes[position])) position++;
    if (position === start || position - start > 9) throw new Error('its header is damaged');
    return Number(Buffer.from(bytes.subarray(start, position)).toString('latin1'));
  };
  const width = nextNumber();
  const height = nextNumber();
  const maxValue = nextNumber();
  // Exactly one blank separates header and samples; more would belong to the samples.
  return { width, height, maxValue, dataStart: position + 1 };
}

function skipBlanks(bytes: Uint8Array, start: number): number {
  let position = start;
  for (;;) {
    while (isBlank(bytes[position])) position++;
    if (bytes[position] !== 0x23) return position;
    while (position < bytes.length && bytes[position] !== 0x0a) position++;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte !== undefined && (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function readSamples(bytes: Uint8Array, start: number, count: number, maxValue: number): Uint8Array {
  if (maxValue === 255) return new Uint8Array(bytes.subarray(start, start + count));
  const samples = new Uint8Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < count; i++) {
    const value = maxValue > 255 ? view.getUint16(start + 2 * i) : view.getUint8(start + i);
    samples[i] = Math.round((Math.min(value, maxValue) * 255) / maxValue);
  }
  return samples;
}

function greyToRgb(grey: Uint8Array): Uint8Array {
  const data = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) data.fill(grey[i] as number, 3 * i, 3 * i + 3);
  return data;
}
