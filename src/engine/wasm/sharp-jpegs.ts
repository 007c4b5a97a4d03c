import sharp, { type OutputInfo } from 'sharp';
import { errorText } from '../../base/user-error';
import { PictureError } from '../picture-error';

const channels = 3;

/**
 * Decodes JPEGs of one size to uint8 [pictures, size, size, 3].
 * @throws PictureError about the first picture that cannot be decoded or has another size
 */
export async function decodeJpegsWithSharp(pictures: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const pictureBytes = size * size * channels;
  const decoded = new Uint8Array(pictures.length * pictureBytes);
  const results = await Promise.allSettled(pictures.map(async (picture, index) => {
    const { data, info } = await decodeOne(picture, index);
    if (info.width !== size || info.height !== size) throw new PictureError(index, `has ${info.width} x ${info.height} pixels, not ${size} x ${size}`);
    decoded.set(data, index * pictureBytes);
  }));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return decoded;
}

async function decodeOne(picture: Uint8Array, index: number): Promise<{ data: Buffer; info: OutputInfo }> {
  try {
    return await sharp(picture).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new PictureError(index, `cannot be decoded: ${errorText(error)}`, { cause: error });
  }
}
