/** What a JPEG file says of itself before its pixels (ITU-T T.81, Annex B; Exif 2.3, 4.6; ICC.1, Annex B.4). */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Bits per sample. */
  readonly precision: number;
  /** `other`: lossless, hierarchical or arithmetic coding. */
  readonly coding: 'baseline' | 'progressive' | 'other';
  /** Exif orientation, 1 (upright) to 8; 1 when the file names none. */
  readonly orientation: number;
  /** The pixels are to be read with a colour profile that the file holds. */
  readonly hasColorProfile: boolean;
}

const marker = { start: 0xd8, end: 0xd9, scan: 0xda, app1: 0xe1, app2: 0xe2, temporary: 0x01, restart0: 0xd0, restart7: 0xd7 };
/** Frame markers among C0..CF that are none: Huffman tables, an extension, arithmetic conditioning. */
const notFrames = new Set([0xc4, 0xc8, 0xcc]);
const orientationTag = 0x0112;

/** Reads the segments up to the first scan; undefined when the bytes are no JPEG or end too early. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== marker.start) return undefined;
  let frame: Omit<JpegHeader, 'orientation' | 'hasColorProfile'> | undefined;
  let orientation = 1;
  let hasColorProfile = false;
  for (const segment of segmentsOf(bytes)) {
    if (segment.code === marker.scan) return frame && { ...frame, orientation, hasColorProfile };
    if (isFrame(segment.code)) {
      if (frame || segment.body.length < 6) return undefined;
      frame = readFrame(segment.code, segment.body);
    } else if (segment.code === marker.app1 && startsWith(segment.body, 'Exif\0\0')) {
      orientation = exifOrientation(segment.body.subarray(6)) ?? orientation;
    } else if (segment.code === marker.app2 && startsWith(segment.body, 'ICC_PROFILE\0')) {
      hasColorProfile = true;
    }
  }
  return undefined;
}

interface Segment {
  readonly code: number;
  /** Without marker and length. */
  readonly body: Buffer;
}

function* segmentsOf(bytes: Uint8Array): Generator<Segment> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 2;
  while (position + 4 <= file.length) {
    if (file[position] !== 0xff) return;
    const code = file[position + 1] as number;
    // Any number of FF may stand before a marker.
    if (code === 0xff) {
      position++;
      continue;
    }
    if (code === marker.end) return;
    if (code === marker.temporary || (code >= marker.restart0 && code <= marker.restart7)) {
      position += 2;
      continue;
    }
    const length = file.readUInt16BE(position + 2);
    const end = position + 2 + length;
    if (length < 2 || end > file.length) return;
    yield { code, body: file.subarray(position + 4, end) };
    position = end;
  }
}

function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && !notFrames.has(code);
}

function readFrame(code: number, body: Buffer): Omit<JpegHeader, 'orientation' | 'hasColorProfile'> {
  const coding = code === 0xc0 || code === 0xc1 ? 'baseline' : code === 0xc2 ? 'progressive' : 'other';
  return { precision: body.readUInt8(0), height: body.readUInt16BE(1), width: body.readUInt16BE(3), components: body.readUInt8(5), coding };
}

/** The orientation in the first directory of a TIFF structure; undefined when it has none, a meaningless one, or is damaged. */
function exifOrientation(tiff: Buffer): number | undefined {
  const littleEndian = startsWith(tiff, 'II');
  if ((!littleEndian && !startsWith(tiff, 'MM')) || tiff.length < 8) return undefined;
  const word = (offset: number): number => (littleEndian ? tiff.readUInt16LE(offset) : tiff.readUInt16BE(offset));
  const directory = littleEndian ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const entries = word(directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return undefined;
    if (word(entry) !== orientationTag) continue;
    const orientation = word(entry + 8);
    return orientation >= 1 && orientation <= 8 ? orientation : undefined;
  }
  return undefined;
}

function startsWith(bytes: Buffer, text: string): boolean {
  return bytes.subarray(0, text.length).toString('latin1') === text;
}
