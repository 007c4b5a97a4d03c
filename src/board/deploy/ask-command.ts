import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { boardFolder } from '../board-folder';
import { choosePorts } from '../port/choose-port';
import { listPorts } from '../port/list-ports';
import { systemPortAccess } from '../port/system-port-access';
import { withPort } from '../port/with-port';
import { readStubImage } from '../stub/stub-image';
import { systemClock } from '../system-clock';
import { BoardMemoryFile } from './board-memory';
import { identifyBoard, type BoardIdentity } from './identify-board';

const optionsSchema = z.object({ port: z.string().optional() });

/** Registers `board ask`. */
export function registerAskCommand(board: Command, run: CommandRunner): void {
  const command = board
    .command('ask')
    .description('ask a board for its flash and its firmware; nothing is written, and the board is started again')
    .option('--port <path>', 'serial port of the board (see `ports`), or "auto" for the only board');
  run(command, async (_args, raw, context) => ask(optionsSchema.parse(raw), context));
}

async function ask(options: z.infer<typeof optionsSchema>, { progress, notice, signal }: CommandContext): Promise<CommandResult> {
  const ports = await choosePorts(options.port ?? 'auto', await listPorts());
  const stubCode = await readStubImage();
  const memory = new BoardMemoryFile(boardFolder());
  return withPort(systemPortAccess(), ports, notice, signal, async (transport, { path, port }, isLast) => {
    const identity = await identifyBoard(transport, systemClock, { stubCode, port, memory, askForButtons: isLast, progress, notice, signal });
    return { result: { port: path, ...identity }, text: identityText(path, identity) };
  });
}

function identityText(path: string, { profile, flashBytes, flashId, firmwareEnd, modelVersion, firmware }: BoardIdentity): string {
  return [
    `Board:    ${path}, answers as K210, reset wiring ${profile ?? 'by hand'}`,
    `Flash:    ${flashBytes >> 20} MiB (${flashId})`,
    `Firmware: ${firmwareEnd === undefined ? 'none' : `up to 0x${firmwareEnd.toString(16)}`}${firmware === undefined ? '' : `, ${firmware}`}`,
    ...(modelVersion === undefined ? [] : [`Model:    a .kmodel of version ${modelVersion} at the usual address`]),
  ].join('\n');
}
