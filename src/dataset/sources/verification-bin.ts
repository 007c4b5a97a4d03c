import { readFile, stat } from 'node:fs/promises';
import { errorCode, errorText, UserError } from '../../base/user-error';
import { isPickleList, parsePickle, type PickleValue } from './pickle';

/** A verification set in one file: encoded pictures and which of them to compare. */
export interface VerificationSet {
  readonly file: string;
  /** Aligned crops, JPEG or PNG as stored; pair i compares pictures 2 i and 2 i + 1. */
  readonly pictures: readonly Uint8Array[];
  readonly pairs: VerificationPairs;
}

/** Pairs of pictures by index, in the order of the file. */
export interface VerificationPairs {
  readonly folds: number;
  /** [pairs] */
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** 1 for the same person, 0 for different people, [pairs]. */
  readonly same: Uint8Array;
  /** 0..folds-1, [pairs]: runs of the list in order, as the published figures of these sets are computed. */
  readonly fold: Uint16Array;
}

const foldCount = 10;
const largestFileBytes = 2 ** 30;
const remedy = 'Give a verification set as InsightFace publishes them (lfw.bin, agedb_30.bin, cfp_fp.bin).';

/**
 * Reads an InsightFace verification set: a Python pickle of (list of encoded pictures, list of bool), two pictures a pair.
 * Nothing that the pickle asks for is executed.
 * @throws UserError naming the file and what is wrong with it
 */
export async function readVerificationBin(file: string): Promise<VerificationSet> {
  const bytes = await readWhole(file);
  try {
    const { pictures, same } = verificationContent(parsePickle(bytes));
    return { file, pictures, pairs: neighbouringPairs(same) };
  } catch (error) {
    throw new UserError(`${file} cannot be read as a verification set: ${errorText(error)}.`, remedy, { cause: error });
  }
}

/** Pairs of neighbouring pictures, dealt out to ten folds of neighbouring pairs. */
export function neighbouringPairs(same: readonly boolean[]): VerificationPairs {
  const count = same.length;
  const folds = Math.max(1, Math.min(foldCount, count));
  return {
    folds,
    a: Uint32Array.from({ length: count }, (_, pair) => 2 * pair),
    b: Uint32Array.from({ length: count }, (_, pair) => 2 * pair + 1),
    same: Uint8Array.from(same, (value) => (value ? 1 : 0)),
    fold: foldsOf(count, folds),
  };
}

/** Runs of equal length; where the count does not divide, the first ones are longer by one. */
function foldsOf(count: number, folds: number): Uint16Array {
  const fold = new Uint16Array(count);
  const longer = count % folds;
  let start = 0;
  for (let i = 0; i < folds; i++) {
    const end = start + Math.floor(count / folds) + (i < longer ? 1 : 0);
    fold.fill(i, start, end);
    start = end;
  }
  return fold;
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > largestFileBytes) throw new UserError(`${file} has ${(size / 1e9).toFixed(1)} GB, which is no verification set.`, remedy);
    return await readFile(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UserError(`${file} does not exist.`, 'Check the path.', { cause: error });
    if (errorCode(error) === 'EISDIR') throw new UserError(`${file} is a folder.`, remedy, { cause: error });
    if (errorCode(error) === 'EACCES') throw new UserError(`${file} cannot be read: permission denied.`, 'Choose a file you may read.', { cause: error });
    throw error;
  }
}

function verificationContent(value: PickleValue): { pictures: Uint8Array[]; same: boolean[] } {
  const [first, second, ...others] = isPickleList(value) ? value.items : [];
  if (!isPickleList(first) || !isPickleList(second) || others.length > 0) throw new Error('it does not hold a list of pictures and a list of answers');
  const pictures = first.items.map(pictureOf);
  const same = second.items.map(answerOf);
  if (same.length === 0) throw new Error('it holds no pairs');
  if (pictures.length !== 2 * same.length) throw new Error(`it holds ${pictures.length} pictures for ${same.length} pairs`);
  return { pictures, same };
}

function pictureOf(value: PickleValue, index: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error(`its picture ${index} is not a string of bytes`);
  const isJpeg = value[0] === 0xff && value[1] === 0xd8;
  const isPng = value[0] === 0x89 && value[1] === 0x50 && value[2] === 0x4e && value[3] === 0x47;
  if (!isJpeg && !isPng) throw new Error(`its picture ${index} is neither JPEG nor PNG`);
  return value;
}

function answerOf(value: PickleValue, index: number): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 1) return value === 1;
  throw new Error(`its answer ${index} is neither true nor false`);
}
