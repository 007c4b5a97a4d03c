import { readFile, stat } from 'node:fs/promises';
import { errorCode, UserError } from '../base/user-error';
import { ByteReader } from './byte-reader';
import type { Program } from './v3/program';
import { readProgram } from './v3/read-program';
import { readProgramV4, type ProgramV4 } from './v4/read-v4';

export type Kmodel = { readonly version: 3; readonly program: Program } | { readonly version: 4; readonly program: ProgramV4 };

/** "LDMK" as a little-endian number: versions 4 and 5 of nncase begin with it. */
const nncaseIdentifier = 0x4b4d444c;
/** Largest file that is read: the K210 has 8 MiB of memory, its usual flash 16. */
const largestFileBytes = 16 * 1024 * 1024;
const smallestFileBytes = 28;

/** @throws UserError naming the file when it cannot be read or is not a kmodel that a K210 can use */
export async function readKmodelFile(file: string): Promise<{ readonly kmodel: Kmodel; readonly fileBytes: number }> {
  try {
    const found = await stat(file);
    const { size } = found;
    // A pipe or device would have no end.
    if (!found.isFile() && !found.isDirectory()) throw new UserError(`${file} is no file.`, 'Give a .kmodel file.');
    if (size > largestFileBytes) throw new UserError(`${file} has ${Math.round(size / 1e6)} MB, more than any K210 can load.`, 'Give a .kmodel file.');
    const bytes = await readFile(file);
    return { kmodel: readKmodel(bytes, file), fileBytes: bytes.length };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (errorCode(error) === 'EISDIR') throw new UserError(`${file} is a folder.`, 'Give a .kmodel file.', { cause: error });
    throw new UserError(`${file} cannot be read (${errorCode(error) ?? String(error)}).`, 'Give the path of a .kmodel file.', { cause: error });
  }
}

/**
 * Reads a kmodel of version 3 or 4.
 * @throws UserError that says which other kind of file it is, and what to do
 */
export function readKmodel(bytes: Uint8Array, file: string): Kmodel {
  refuseOtherKinds(bytes, file);
  const reader = new ByteReader(bytes, file);
  if (reader.u32('the version') !== nncaseIdentifier) return { version: 3, program: readProgram(bytes, file) };
  const version = reader.u32('the version');
  if (version === 5) {
    throw new UserError(`${file} is a kmodel of version 5 (nncase 1.x), which the firmware of K210 boards with MaixPy does not load.`, 'Convert the original model to version 3.');
  }
  if (version !== 4) throw new UserError(`${file} is a kmodel of version ${version}, which is not known.`, 'Convert the original model to version 3.');
  return { version: 4, program: readProgramV4(reader) };
}

function refuseOtherKinds(bytes: Uint8Array, file: string): void {
  if (bytes.length < smallestFileBytes) throw new UserError(`${file} is truncated: it has ${bytes.length} bytes, a kmodel begins with ${smallestFileBytes}.`, 'Copy or convert the model again.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint32(0, true);
  if (first === nncaseIdentifier || first === 3) return;
  const bigEndian = view.getUint32(0, false);
  if (bigEndian === 3 || bigEndian === nncaseIdentifier) {
    throw new UserError(`${file} is a kmodel in big-endian order, which K210 firmware does not load.`, 'Convert the original model again for the K210.');
  }
  if (first === 1 || first === 2) {
    throw new UserError(`${file} is a kmodel of version ${first}, older than every firmware with nncase support.`, 'Convert the original model to version 3.');
  }
  if (first === 0x04034b50) throw new UserError(`${file} is a zip archive (a .kfpkg holds kmodels).`, 'Unpack it and give the .kmodel inside.');
  if (looksEncrypted(bytes)) {
    throw new UserError(`${file} looks encrypted: a .smodel can be read only by the board that it was made for.`, 'Give the .kmodel that it was made from.');
  }
  throw new UserError(`${file} is not a kmodel: it begins with ${first.toString(16).padStart(8, '0')}.`, 'Give a .kmodel file of version 3 or 4.');
}

/** Encrypted bytes are spread evenly, a model's are not: the entropy of 4 KiB of random bytes is above 7.9 bits. */
function looksEncrypted(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 4096);
  if (sample.length < 4096) return false;
  const counts = new Array<number>(256).fill(0);
  for (const byte of sample) counts[byte] = (counts[byte] ?? 0) + 1;
  const entropyBits = counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / sample.length) * Math.log2(count / sample.length)), 0);
  return entropyBits > 7.9;
}
