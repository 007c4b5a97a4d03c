import path from 'node:path';
import { defaultModelAddress } from '../../protocol/flash-layout';
import { BoardError } from '../board-error';
import { readFirmware, wrapFirmware } from './firmware-image';
import type { FlashRegion } from './flash-map';
import { readPackage } from './kfpkg';

/** What a file is to a board, by its content. */
export type ImageKind = 'model' | 'firmware' | 'data' | 'package';

export interface DeployImage {
  readonly kind: ImageKind;
  readonly regions: readonly FlashRegion[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

/**
 * Turns a file into what is written to the flash.
 * @param address where the user wants it; a package brings its own
 * @throws BoardError K2-FILE for files that do not belong there
 */
export function deployImage(file: string, bytes: Uint8Array, address: number | undefined): DeployImage {
  const name = path.basename(file);
  if (bytes.length === 0) throw new BoardError('K2-FILE', `${file} is empty.`, 'Make it again: `convert` writes a .kmodel.');
  if (startsWith(bytes, 0x7f, 0x45, 0x4c, 0x46)) throw new BoardError('K2-FILE', `${file} is an ELF program, which the boot ROM cannot start.`, 'Make a .bin of it: `riscv64-unknown-elf-objcopy -O binary program.elf program.bin`.');
  const isZip = startsWith(bytes, 0x50, 0x4b);
  const isModel = looksLikeModel(bytes);
  switch (path.extname(name).toLowerCase()) {
    case '.kfpkg':
      if (!isZip) throw new BoardError('K2-FILE', `${file} is no package: it is no zip archive.`, 'Give a .kmodel its own ending, or get the package again.');
      if (address !== undefined) throw new BoardError('K2-FILE', `${file} says itself where its parts go.`, 'Leave --address out.');
      return packageImage(file, bytes);
    case '.kmodel':
    case '.smodel':
      if (isZip) throw new BoardError('K2-FILE', `${file} is a zip archive, no model.`, 'If it is a package of kflash, give it the ending .kfpkg.');
      if (!isModel && path.extname(name) === '.kmodel') throw new BoardError('K2-FILE', `${file} is no kmodel: its first bytes are not those of one.`, 'Convert the model again.');
      return modelImage(file, name, bytes, address ?? defaultModelAddress);
    default:
      if (isZip) throw new BoardError('K2-FILE', `${file} is a zip archive.`, 'If it is a package of kflash, give it the ending .kfpkg.');
      if (isModel) return modelImage(file, name, bytes, address ?? defaultModelAddress);
      if (address === undefined) throw new BoardError('K2-FILE', `${file} does not say where it belongs.`, 'Add --address 0 for a firmware, or the address that your program reads.');
      return address === 0 ? firmwareImage(name, bytes) : { kind: 'data', regions: [{ address, bytes, name }], notes: [] };
  }
}

function modelImage(file: string, name: string, bytes: Uint8Array, address: number): DeployImage {
  if (address === 0) {
    throw new BoardError('K2-FILE', `${file} is a model; at address 0 it would replace the firmware, and the board would not start any more.`, `Use --address 0x${defaultModelAddress.toString(16)}.`);
  }
  return { kind: 'model', regions: [{ address, bytes, name }], notes: [] };
}

function firmwareImage(name: string, bytes: Uint8Array): DeployImage {
  const wrapped = readFirmware(bytes);
  if (wrapped === undefined) return { kind: 'firmware', regions: [{ address: 0, bytes: wrapFirmware(bytes), name }], notes: [`${name} gets the header and SHA-256 that the boot ROM asks for.`] };
  const note = wrapped.encrypted ? `${name} is an encrypted boot image: it starts only on a chip that has its key.` : `${name} is a boot image already and is written as it is.`;
  return { kind: 'firmware', regions: [{ address: 0, bytes, name }], notes: [note] };
}

function packageImage(file: string, bytes: Uint8Array): DeployImage {
  const regions = readPackage(bytes, file).map(({ address, name, bytes: content, isFirmware }) => {
    if (address === 0 && looksLikeModel(content)) throw new BoardError('K2-FILE', `${file} puts the model ${name} at address 0, where the firmware is.`, 'Ask for a package with another address.');
    return { address, name, bytes: isFirmware ? wrapFirmware(content) : content };
  });
  return { kind: 'package', regions, notes: [] };
}

/** Version of a .kmodel by its first bytes (3: u32 3; 4: "LDMK"); undefined for what is none. */
export function kmodelVersion(bytes: Uint8Array): 3 | 4 | undefined {
  if (startsWith(bytes, 3, 0, 0, 0)) return 3;
  return startsWith(bytes, 0x4c, 0x44, 0x4d, 0x4b) ? 4 : undefined;
}

function looksLikeModel(bytes: Uint8Array): boolean {
  return kmodelVersion(bytes) !== undefined;
}

function startsWith(bytes: Uint8Array, ...magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
