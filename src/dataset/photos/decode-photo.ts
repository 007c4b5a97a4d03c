import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { errorText } from '../../base/user-error';
import { decodeBmp, isBmp } from './bmp';
import { decodeNetpbm, isNetpbm } from './netpbm';
import type { RgbImage } from './rgb-image';

/** A decoded photo, perhaps smaller than the file's. */
export interface DecodedPhoto {
  readonly image: RgbImage;
  /** Pixels of `image` per pixel of the upright photo, at most 1. */
  readonly scale: number;
}

export interface DecodeOptions {
  /** Photos with a longer side than this are made smaller while they are decoded; absent: never. */
  readonly maxSidePixels?: number;
}

/**
 * Reads a photo file as upright (EXIF orientation applied) sRGB without alpha; transparent parts become black.
 * JPEG, PNG, WebP, TIFF and AVIF are read by sharp, BMP and binary PGM and PPM by this product.
 * @throws Error saying why the file cannot be decoded
 */
export async function decodePhoto(file: string, options: DecodeOptions = {}): Promise<DecodedPhoto> {
  return decodeBytes(await readFile(file), options);
}

/** As `decodePhoto`, from the file's bytes. */
export async function decodeBytes(bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodedPhoto> {
  if (isNetpbm(bytes)) return { image: decodeNetpbm(bytes), scale: 1 };
  if (isBmp(bytes)) return { image: decodeBmp(bytes), scale: 1 };
  return decodeBySharp(bytes, options.maxSidePixels ?? Number.POSITIVE_INFINITY);
}

async function decodeBySharp(bytes: Uint8Array, maxSidePixels: number): Promise<DecodedPhoto> {
  // 'error' accepts files with harmless warnings, such as a damaged colour profile, and refuses truncated ones.
  const input = sharp(bytes, { failOn: 'error', sequentialRead: true });
  const { autoOrient: full } = await input.metadata().catch((error: unknown) => {
    throw headerProblem(error);
  });
  const longSide = Math.max(full.width, full.height);
  const upright = input.autoOrient();
  const sized = longSide > maxSidePixels ? upright.resize({ width: maxSidePixels, height: maxSidePixels, fit: 'inside' }) : upright;
  const { data, info } = await sized
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new Error('its picture data are damaged or end too early', { cause: error });
    });
  if (info.channels !== 3) throw new Error(`it has ${info.channels} colour channels after conversion`);
  return { image: { width: info.width, height: info.height, data }, scale: Math.max(info.width, info.height) / longSide };
}

/**
 * Why a file is no picture, in words that belong to it.
 * libvips keeps the texts of all failures of a process in one place, so what it says of a photo that is decoded beside
 * another unreadable one may be the other's, or nothing. Only sharp's own sentences hold; they have no colon.
 */
function headerProblem(error: unknown): Error {
  const text = errorText(error);
  return new Error(text.includes(':') ? 'its header is damaged or incomplete' : text, { cause: error });
}

/** A crop as JPEG of quality 95 without colour subsampling: the same bytes for the same pixels on every run. */
export async function encodeCrop({ width, height, data }: RgbImage): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** Lets libvips use one thread a picture: the workers are the parallelism. Called once by each worker process. */
export function useOneThreadPerPhoto(): void {
  sharp.concurrency(1);
}
