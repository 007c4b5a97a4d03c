import { decodeBytes, encodeCrop, type DecodedPhoto } from './decode-photo';
import type { RgbImage } from './rgb-image';

/** A photo file in memory, and why it could not be decoded when it could not. */
export type DecodeResult = DecodedPhoto | { readonly problem: string };

/** Reads photos and writes crops, several at a time; what becomes of one does not depend on the others. */
export interface PhotoCodec {
  /** Decodes photo files for detection: large photos may come smaller, but with a long side of at least about 1000 pixels. */
  decode(files: readonly Uint8Array[]): Promise<DecodeResult[]>;
  /** Decodes a photo with at least `minScale` (0..1) of its pixels per direction. @throws Error saying why it cannot be decoded */
  decodeAtScale(file: Uint8Array, minScale: number): Promise<DecodedPhoto>;
  /** Crops as JPEG of quality 95 without colour subsampling: the same bytes for the same pixels on every run. */
  encode(crops: readonly RgbImage[]): Promise<Uint8Array[]>;
  close(): void;
}

/** The detector sees no more of a photo than this on its longer side; it works on at most 512 pixels anyway. */
const detectionSidePixels = 1600;

/** Everything by sharp: works without TensorFlow. */
export class SharpCodec implements PhotoCodec {
  decode(files: readonly Uint8Array[]): Promise<DecodeResult[]> {
    return Promise.all(files.map(decodeForDetection));
  }

  decodeAtScale(file: Uint8Array): Promise<DecodedPhoto> {
    return decodeBytes(file);
  }

  encode(crops: readonly RgbImage[]): Promise<Uint8Array[]> {
    return Promise.all(crops.map(encodeCrop));
  }

  close(): void {
    // It holds nothing.
  }
}

/** One photo by sharp, at the size of detection. */
export async function decodeForDetection(file: Uint8Array): Promise<DecodeResult> {
  try {
    return await decodeBytes(file, { maxSidePixels: detectionSidePixels });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { problem: text.split('\n')[0] ?? '' };
  }
}
