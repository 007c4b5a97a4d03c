import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { wholeNumber } from '../../base/option-parsers';
import { errorText } from '../../base/user-error';
import { choosePorts } from '../port/choose-port';
import { listPorts } from '../port/list-ports';
import { systemPortAccess } from '../port/system-port-access';
import type { Transport } from '../port/transport';
import type { PortAccess } from '../port/with-port';
import { BoardMonitor, type MonitorState } from './board-monitor';

const firmwareBaudRate = 115_200;
const optionsSchema = z.object({ port: z.string().optional(), baud: z.number(), times: z.boolean() });

/** Registers `board monitor`. */
export function registerMonitorCommand(board: Command, run: CommandRunner): void {
  const command = board
    .command('monitor')
    .description('show what the board says, line by line with the time, and send it what is typed; ends with Ctrl+C')
    .option('--port <path>', 'serial port of the board (see `ports`), or "auto" for the only board')
    .option('--baud <rate>', 'rate of the firmware', wholeNumber(1200, 5_000_000), firmwareBaudRate)
    .option('--no-times', 'leave out the time before each line');
  run(command, async (_args, raw, context) => monitor(optionsSchema.parse(raw), context));
}

async function monitor({ port, baud, times }: z.infer<typeof optionsSchema>, { notice, signal }: CommandContext): Promise<CommandResult> {
  const [chosen] = await choosePorts(port ?? 'auto', await listPorts());
  const path = chosen?.path ?? '';
  const access = systemPortAccess();
  let lines = 0;
  const boardMonitor = new BoardMonitor(path, {
    owners: access.owners,
    clock: access.clock,
    open: (where) => openQuietly(access, where, baud),
    onLine: ({ text, at }) => {
      lines++;
      process.stdout.write(`${times ? `${timeOf(at)} ` : ''}${printable(text)}\n`);
    },
    onState: (state) => notice(stateText(path, state)),
  });
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => void boardMonitor.send(line).catch((error: unknown) => notice(errorText(error))));
  try {
    await boardMonitor.run(signal);
  } finally {
    input.close();
  }
  return { result: { port: path, lines }, text: `The monitor of ${path} has ended after ${lines} lines.` };
}

/** Neither resets the board nor holds it in reset. */
async function openQuietly(access: PortAccess, path: string, baudRate: number): Promise<Transport> {
  const transport = await access.open(path, baudRate);
  await transport.setLines({ dtr: false, rts: false });
  return transport;
}

function stateText(path: string, state: MonitorState): string {
  switch (state.kind) {
    case 'open': return `Following ${path}.`;
    case 'lent': return `${path} is lent to ${state.purpose}.`;
    case 'away': return `${path} is away (${state.reason}); it is tried again.`;
  }
}

function timeOf(at: Date): string {
  return at.toISOString().slice(11, 23);
}

/** A board must not steer the terminal: control characters are shown, not sent. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
