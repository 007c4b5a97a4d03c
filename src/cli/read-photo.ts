import { UserError, errorText } from '../base/user-error';
import { decodePhoto, type DecodedPhoto } from '../dataset/photos/decode-photo';

/** @throws UserError naming the photo that cannot be decoded */
export async function readPhoto(photo: string): Promise<DecodedPhoto> {
  try {
    return await decodePhoto(photo);
  } catch (error) {
    throw new UserError(`${photo} cannot be read as a picture (${errorText(error).split('\n')[0] ?? ''}).`, 'Replace or remove it.', { cause: error });
  }
}
