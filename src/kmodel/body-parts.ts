import { UserError } from '../base/user-error';
import type { ByteReader } from './byte-reader';

/** Bytes that nncase leaves out at the end of a file, though the last body counts them. */
const mostMissingBytes = 7;

/**
 * Readers of the bodies, one behind the other; none can be read beyond its own end, so all together are no larger than the file.
 * @param reader behind the tables
 */
export function bodyParts(reader: ByteReader, sizes: readonly number[], what: string): ByteReader[] {
  let start = reader.position;
  return sizes.map((size, index) => {
    const end = start + size;
    if (end > reader.bytes.byteLength + mostMissingBytes) {
      throw new UserError(`${reader.file} is truncated: ${what} ${index} ends at byte ${end}, but the file has ${reader.bytes.byteLength}.`, 'Copy or convert the model again.');
    }
    const part = reader.part(start, end);
    start = end;
    return part;
  });
}
