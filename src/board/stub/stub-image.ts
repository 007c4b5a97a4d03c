import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import stubRecord from '../../../media/board/stub/k210-flash-stub.json';
import { productRoot } from '../../base/product';
import { UserError } from '../../base/user-error';

/** What is known of the built stub; written by `scripts/build-stub.mjs`. */
export interface StubFacts {
  readonly protocolVersion: number;
  readonly sizeBytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Version of the compiler that gives the same bytes again. */
  readonly compiler: string;
}

export const stubFacts: StubFacts = stubRecord;

/** Request for the flash's identity: the reply has three JEDEC bytes, the unique number of eight bytes, and the status register. */
export const flashIdentityOp = 0xdd;

/** Path of our flash stub as the boot ROM loads it (media/board/stub). */
export function stubFile(): string {
  return path.join(productRoot(), 'media', 'board', 'stub', 'k210-flash-stub.bin');
}

/**
 * The stub's bytes.
 * @throws UserError when the file is missing or is not the one of this version
 */
export async function readStubImage(): Promise<Uint8Array> {
  const bytes = await readFile(stubFile()).catch((error: unknown) => {
    throw new UserError(`The flash stub ${stubFile()} cannot be read.`, 'Install this product again.', { cause: error });
  });
  if (isStubImage(bytes)) return bytes;
  throw new UserError(`The flash stub ${stubFile()} is not the one of this version.`, 'Install this product again.');
}

/** Whether `bytes` are the stub, to the last one. */
export function isStubImage(bytes: Uint8Array): boolean {
  return bytes.length === stubFacts.sizeBytes && createHash('sha256').update(bytes).digest('hex') === stubFacts.sha256;
}
