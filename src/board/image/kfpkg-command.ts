import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../../base/command';
import { writeFileAtomic } from '../../base/atomic-file';
import { UserError } from '../../base/user-error';
import { parseFlashAddress } from '../../protocol/flash-address';
import { fileSystemRange } from '../../protocol/flash-layout';
import { deployImage } from './deploy-image';
import { checkFlashPlan, flashMap } from './flash-map';
import { writePackage, type PackageEntry } from './kfpkg';

/** Adds `kfpkg`. */
export function registerPackageCommand(program: Command, run: CommandRunner): void {
  const command = program.command('kfpkg')
    .description('put models and firmware together into one .kfpkg, for `deploy` or for kflash_gui')
    .argument('<out>', '.kfpkg file to write')
    .argument('<parts...>', 'FILE@ADDRESS each, such as face.kmodel@0x300000 or firmware.bin@0')
    .option('--overwrite', 'replace an existing file');
  run(command, async ([out = '', ...parts], { overwrite }) => makePackage(out, parts, overwrite === true));
}

async function makePackage(out: string, parts: readonly string[], overwrite: boolean): Promise<CommandResult> {
  if (path.extname(out) !== '.kfpkg') throw new UserError(`${out} does not end in .kfpkg.`, 'Name the file with that ending: the tools ask for it.');
  if (existsSync(out) && !overwrite) throw new UserError(`${out} exists already.`, 'Choose another name, or add --overwrite.');
  const entries = await Promise.all(parts.map(readPart));
  const names = new Set(entries.map(({ name }) => name));
  if (names.size !== entries.length) throw new UserError(`Two parts of ${out} have the same name.`, 'Rename one of the files.');
  // Held against the largest flash; a board may have a smaller one, which `deploy` finds out.
  const map = flashMap(entries, fileSystemRange.end, undefined);
  checkFlashPlan(map, fileSystemRange.end, { firmware: true, files: true });
  const bytes = writePackage(entries);
  await writeFileAtomic(out, bytes);
  return {
    result: { out, bytes: bytes.length, parts: entries.map(({ address, name, bytes: content, isFirmware }) => ({ address, name, bytes: content.length, isFirmware })) },
    text: [`Written: ${out} (${(bytes.length / 1024).toFixed(0)} KiB)`, ...entries.map(({ address, name, bytes: content }) => `  0x${address.toString(16).padStart(6, '0')}  ${name}  ${content.length} bytes`)].join('\n'),
  };
}

async function readPart(part: string): Promise<PackageEntry> {
  const [, file, place] = /^(.+)@([^@]+)$/u.exec(part) ?? [];
  const address = place === undefined ? undefined : parseFlashAddress(place);
  if (file === undefined || address === undefined) throw new UserError(`${part} is not FILE@ADDRESS with an address that is a multiple of 0x1000.`, 'Write it as face.kmodel@0x300000.');
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UserError(`${file} cannot be read.`, 'Check its name.', { cause: error });
  });
  const { kind, regions: [region] } = deployImage(file, bytes, address);
  if (region === undefined) throw new UserError(`${file} is a package itself.`, 'Name its parts.');
  // The reader of the package adds header and hash; an image that has them is taken as it is.
  const isFirmware = kind === 'firmware' && region.bytes.length !== bytes.length;
  return { address, name: path.basename(file), bytes, isFirmware };
}
