import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../../base/command';
import { errorCode, UserError } from '../../base/user-error';
import { readPackage } from './kfpkg';

/** Adds `package` to the command `board`. */
export function registerPackageListCommand(board: Command, run: CommandRunner): void {
  const command = board.command('package').description('list what a .kfpkg writes to the flash, and where').argument('<file>', '.kfpkg file');
  run(command, ([file = '']) => listPackage(file));
}

async function listPackage(file: string): Promise<CommandResult> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UserError(`${file} cannot be read (${errorCode(error) ?? String(error)}).`, 'Check its name.', { cause: error });
  });
  const parts = readPackage(bytes, file).map(({ address, name, bytes: content, isFirmware }) => ({ address: hex(address), end: hex(address + content.length), name, bytes: content.length, isFirmware }));
  return {
    result: { file, bytes: bytes.length, parts },
    text: parts.map(({ address, end, name, bytes: size, isFirmware }) => `${address} to ${end}  ${name}  ${size} bytes${isFirmware ? ', a program: header and hash are added' : ''}`).join('\n'),
  };
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(6, '0')}`;
}
