import { unzipSync, zipSync, type Zippable } from 'fflate';
import * as z from 'zod';
import { crc32 } from '../../base/crc32';
import { fileSystemRange } from '../../protocol/flash-layout';
import { BoardError } from '../board-error';
import { zipChecksums } from './zip-checksums';

/** One file of a .kfpkg, which is a zip with `flash-list.json` and the files that it names (k210-serial.md, section 1.9). */
export interface PackageEntry {
  readonly address: number;
  /** Plain name, without folders. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A program: it gets the header and the hash that the boot ROM asks for. */
  readonly isFirmware: boolean;
}

/** All files of a package together; the largest flash holds half of it. */
const unpackedLimitBytes = 32 << 20;
const fileLimit = 64;
const listName = 'flash-list.json';
const listVersion = '0.1.0';

const addressSchema = z.union([z.number(), z.string().regex(/^(0x[0-9a-f]+|\d+)$/iu).transform(Number)]).pipe(z.number().int().min(0).max(0xffffffff));
const listSchema = z.object({
  files: z.array(z.object({
    address: addressSchema,
    bin: z.string().min(1),
    sha256Prefix: z.boolean().optional(),
    /** ktool's name, and that of Kendryte's program, for files whose 32-bit words are turned round. */
    swap: z.boolean().optional(),
    reverse4Bytes: z.boolean().optional(),
  })).min(1).max(fileLimit),
});

/** @param file as the user named it. @throws BoardError K2-FILE naming what is wrong with the package */
export function readPackage(bytes: Uint8Array, file: string): PackageEntry[] {
  const contents = unpack(bytes, file);
  const list = contents.get(listName);
  if (list === undefined) throw refused(file, `has no ${listName}`);
  const seen = new Set<string>();
  return parseList(list, file).map(({ address, bin, sha256Prefix = false, swap = false, reverse4Bytes = false }) => {
    if (!isPlainName(bin)) throw refused(file, `names "${bin}", which leads out of the package`);
    if (seen.has(bin)) throw refused(file, `names ${bin} twice`);
    seen.add(bin);
    const content = contents.get(bin);
    if (content === undefined) throw refused(file, `names ${bin}, which it does not have`);
    if (content.length === 0) throw refused(file, `has an empty ${bin}`);
    if (address + content.length > fileSystemRange.end) throw refused(file, `puts ${bin} at 0x${address.toString(16)}, past the end of any flash`);
    return { address, name: bin, bytes: swap || reverse4Bytes ? turnWords(content) : content, isFirmware: sha256Prefix };
  });
}

/** A package that kflash_gui and other tools take as well. */
export function writePackage(entries: readonly PackageEntry[]): Uint8Array {
  const files = entries.map(({ address, name, isFirmware }) => ({ address, bin: name, sha256Prefix: isFirmware }));
  const zip: Zippable = { [listName]: new TextEncoder().encode(`${JSON.stringify({ version: listVersion, files }, null, 2)}\n`) };
  for (const { name, bytes } of entries) zip[name] = bytes;
  // A fixed time, so that the same files give the same package.
  return zipSync(zip, { level: 6, mtime: new Date('1980-01-01T00:00:00') });
}

function unpack(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const checksums = zipChecksums(bytes);
  if (checksums === undefined) throw refused(file, 'is no zip archive, or its end is missing');
  let total = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        if (total > unpackedLimitBytes) throw refused(file, `would unpack to more than ${unpackedLimitBytes >> 20} MiB`);
        return isPlainName(name);
      },
    });
  } catch (error) {
    if (error instanceof BoardError) throw error;
    throw refused(file, `is damaged (${error instanceof Error ? error.message : String(error)})`);
  }
  for (const [name, content] of Object.entries(files)) {
    if (crc32(content) !== checksums.get(name)) throw refused(file, `is damaged: the CRC-32 of ${name} does not fit`);
  }
  return new Map(Object.entries(files));
}

function parseList(list: Uint8Array, file: string): z.infer<typeof listSchema>['files'] {
  try {
    return listSchema.parse(JSON.parse(withDecimalNumbers(new TextDecoder().decode(list)))).files;
  } catch (error) {
    const reason = error instanceof z.ZodError ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') : error instanceof Error ? error.message : String(error);
    throw refused(file, `has a ${listName} that cannot be read (${reason})`);
  }
}

/** Real packages have hexadecimal numbers in their list, which JSON does not know. */
function withDecimalNumbers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|\b0x[0-9a-f]+\b/giu, (token) => (token.startsWith('"') ? token : String(Number(token))));
}

/** Within the package itself: no folder, no drive, nothing that a file system would take for a way. */
function isPlainName(name: string): boolean {
  return !/[/\\:]/u.test(name) && !name.includes('\0') && name !== '.' && name !== '..' && name !== '';
}

/** Each four bytes in reverse order; the end is filled with zeros to a whole word. */
function turnWords(bytes: Uint8Array): Uint8Array {
  const words = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  words.set(bytes);
  Buffer.from(words.buffer).swap32();
  return words;
}

function refused(file: string, why: string): BoardError {
  return new BoardError('K2-FILE', `${file} ${why}.`, 'Get the package again, or deploy its parts one by one with --address.');
}
