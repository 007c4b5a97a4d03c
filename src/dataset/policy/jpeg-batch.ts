import sharp from 'sharp';
import type { RgbImage } from '../photos/rgb-image';
import type { JpegColours } from './jpeg-colours';
import { readJpegStrips } from './tiff-strips';

const quality = 95;
const channels = 3;
/** JPEG works on blocks of 8 x 8 values. */
const blockRows = 8;
const marker = { startOfFrame: 0xc0, startOfScan: 0xda } as const;
/** APP0 of JFIF 1.1 without a preview: it says that the three channels are Y, Cb and Cr. */
const jfif = Buffer.from([0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00]);

/**
 * Encodes pictures of one size as JPEGs of quality 95 without colour subsampling, in one go: starting the encoder for a picture of 112 x 112
 * takes three times as long as encoding it. The pictures become the strips of one TIFF, whose strips are JPEG streams.
 * TIFF stores the channels as they are given, so they are converted to Y, Cb and Cr here.
 * @param colours one for all batches: making it takes longer than a picture
 */
export async function encodeJpegs(images: readonly RgbImage[], colours: JpegColours): Promise<Uint8Array[]> {
  const [first] = images;
  if (!first) return [];
  const { width, height } = first;
  const rows = Math.ceil(height / blockRows) * blockRows;
  const stripBytes = rows * width * channels;
  const tall = Buffer.allocUnsafe(stripBytes * images.length);
  images.forEach((image, i) => fillStrip(tall.subarray(i * stripBytes, (i + 1) * stripBytes), image, colours));
  const file = await sharp(tall, { raw: { width, height: rows * images.length, channels } })
    .tiff({ compression: 'jpeg', quality, tile: false, tileWidth: Math.max(width, 1), tileHeight: rows })
    .toBuffer();
  const { tables, strips } = readJpegStrips(file);
  if (strips.length !== images.length) throw new Error(`${images.length} pictures became ${strips.length} strips`);
  return strips.map((strip) => wholeJpeg(tables, strip, height));
}

/** The picture in the channels of JPEG; below it its last row is repeated. */
function fillStrip(target: Uint8Array, { width, data }: RgbImage, colours: JpegColours): void {
  const sizeBytes = data.length;
  colours.convertInto(target, data);
  const rowBytes = width * channels;
  for (let end = sizeBytes; end < target.length; end += rowBytes) target.copyWithin(end, sizeBytes - rowBytes, sizeBytes);
}

/** Puts tables and strip together, with the channel numbers 1 to 3 that JFIF wants, and the height without repeated rows. */
function wholeJpeg(tables: Buffer, strip: Buffer, height: number): Uint8Array {
  const inner = tables.subarray(2, tables.length - 2);
  const jpeg = Buffer.concat([strip.subarray(0, 2), jfif, inner, strip.subarray(2)]);
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at] !== 0xff) throw new Error(`the JPEG stream has no marker at byte ${at}`);
    if (jpeg[at + 1] === marker.startOfFrame) {
      jpeg.writeUInt16BE(height, at + 5);
      numberChannels(jpeg, at + 10, 3);
    }
    if (jpeg[at + 1] === marker.startOfScan) {
      numberChannels(jpeg, at + 5, 2);
      return jpeg;
    }
  }
  throw new Error('the JPEG stream has no scan');
}

function numberChannels(jpeg: Buffer, at: number, step: number): void {
  for (let channel = 0; channel < channels; channel++) jpeg[at + channel * step] = channel + 1;
}
