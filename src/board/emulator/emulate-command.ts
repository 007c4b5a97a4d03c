import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { UserError } from '../../base/user-error';
import { systemClock } from '../system-clock';
import { boardModels, defaultBoardModel, findBoardModel, type BoardModel } from './board-models';
import type { BoardProgram } from './board-program';
import { demoFirmware } from './demo-firmware';
import { faultKinds, parseFault, portFaultKinds, type Fault } from './faults';
import { FlashFile, readFlashFile } from './flash-file';
import type { KpuSimulator } from './micropython/firmware-calls';
import { MicroPythonFirmware } from './micropython/micropython-firmware';
import { microPythonFaultKinds, parseMicroPythonFault, type MicroPythonFault } from './micropython/micropython-faults';
import { VirtualBoard } from './virtual-board';

const stubChoices = ['automatic', 'own', 'classic'] as const;
const firmwareChoices = ['maixpy', 'canmv', 'demo'] as const;
const cardChoices = ['present', 'absent', 'read-only'] as const;
const flashSaveMs = 2000;

const optionsSchema = z.object({
  link: z.string().min(1, '--link needs a path').optional(),
  flash: z.string().min(1, '--flash needs a file').optional(),
  board: z.string().default(defaultBoardModel.id),
  stub: z.enum(stubChoices, { error: `--stub is ${stubChoices.join(', ')}` }).default('automatic'),
  firmware: z.enum(firmwareChoices, { error: `--firmware is ${firmwareChoices.join(', ')}` }).default('maixpy'),
  card: z.enum(cardChoices, { error: `--card is ${cardChoices.join(', ')}` }).default('present'),
  fault: z.array(z.string()).default([]),
  isp: z.enum(['always', 'button'], { error: '--isp is always or button' }).default('always'),
  realTime: z.boolean().default(false),
  withParent: z.boolean().default(false),
});

type EmulateOptions = z.output<typeof optionsSchema>;

/**
 * `board emulate`.
 * @param kpu what stands for the KPU, so that programs on the board can load models
 */
export function registerEmulateCommand(board: Command, run: CommandRunner, kpu: KpuSimulator): void {
  const emulate = board
    .command('emulate')
    .description('a virtual K210 board on a pseudo-terminal, for trying and testing; ends with Ctrl+C')
    .option('--link <path>', 'make a symbolic link to the port at this path; a second port gets -2 behind it')
    .option('--flash <file>', 'keep the content of the flash in this file, from run to run')
    .option('--board <name>', `which board: ${boardModels.map(({ id }) => id).join(', ')} (default: ${defaultBoardModel.id})`)
    .option('--stub <kind>', 'what runs when a tool has loaded a flash stub: automatic (ours is recognised, all else is taken for a classic one), own, classic')
    .option('--isp <how>', 'always: a greeting brings the board into in-system programming (there are no control lines here); button: only SIGUSR2 does, as BOOT and RESET would')
    .option('--firmware <kind>', 'what the board starts: maixpy or canmv, both with real MicroPython, or demo, which only prints (default: maixpy)')
    .option('--card <state>', 'its SD card: present, absent, read-only (default: present)')
    .option('--real-time', 'let erasing and sending take as long as on a board')
    .option('--with-parent', 'end when standard input does: with the program that started it')
    .option('--fault <fault>', `something that goes wrong, may be repeated: NAME or NAME:SETTING=VALUE,... of ${[...faultKinds.filter((kind) => !portFaultKinds.includes(kind)), ...microPythonFaultKinds].join(', ')}`, (value: string, before: readonly string[] = []) => [...before, value]);
  run(emulate, (_args, options, context) => emulateBoard(parseOptions(options), kpu, context));
}

async function emulateBoard(options: EmulateOptions, kpu: KpuSimulator, { notice, signal: cancel }: CommandContext): Promise<CommandResult> {
  const model = requireModel(options.board);
  const signal = options.withParent ? AbortSignal.any([cancel, endOfInput()]) : cancel;
  const ofPython = options.fault.filter((text) => microPythonFaultKinds.includes(text.split(':')[0] ?? ''));
  const faults = options.fault.filter((text) => !ofPython.includes(text)).map(parseFaultForTerminal);
  const firmware = chooseFirmware(options, kpu, ofPython.map(parseMicroPythonFault));
  const flashContent = options.flash === undefined ? undefined : await readFlashFile(options.flash, model.flashBytes);
  const board = new VirtualBoard({
    clock: systemClock, model, faults, firmware, loaded: options.stub, ispEntry: options.isp === 'always' ? 'always' : 'lines',
    timing: options.realTime ? 'simulated' : 'none', hostRate: 'unknown', onEvent: notice,
    ...(flashContent === undefined ? {} : { flashContent }),
  });
  const flashFile = options.flash === undefined ? undefined : new FlashFile(options.flash, board.flash, flashContent === undefined);
  const pressButtons = (): void => board.pressBootAndReset();
  try {
    // Loads native code, which other commands of the command line have no use for.
    const { BoardOnTerminal } = await import('./board-on-terminal');
    const ports = await BoardOnTerminal.open(board, options.link, (paths) => {
      notice(paths.length > 0 ? `The virtual board (${model.name}) is on ${paths.join(' and ')}.` : 'The virtual board could not come back after its cable was pulled; start it again.');
    });
    process.on('SIGUSR2', pressButtons);
    try {
      while (!signal.aborted) {
        await systemClock.sleep(flashSaveMs, signal).catch(() => undefined);
        await flashFile?.save();
      }
      // The last save may have been running already while the flash changed.
      await flashFile?.save();
      return {
        result: { ports: ports.paths, board: model.id, ...(options.flash === undefined ? {} : { flash: options.flash }) },
        text: `The virtual board has ended${options.flash === undefined ? '' : `; its flash is in ${options.flash}`}.`,
      };
    } finally {
      process.off('SIGUSR2', pressButtons);
      await ports.close();
    }
  } finally {
    board.dispose();
  }
}

/** Aborted when nobody can write to standard input any more. */
function endOfInput(): AbortSignal {
  const ended = new AbortController();
  process.stdin.resume().once('end', () => ended.abort()).once('error', () => ended.abort());
  return ended.signal;
}

function chooseFirmware({ firmware, card }: EmulateOptions, kpu: KpuSimulator, faults: readonly MicroPythonFault[]): BoardProgram {
  if (firmware !== 'demo') return new MicroPythonFirmware({ family: firmware, card, kpu, faults });
  if (faults.length > 0) throw new UserError(`The fault "${faults[0]?.kind ?? ''}" needs MicroPython.`, 'Leave --firmware out.');
  return demoFirmware;
}

function requireModel(id: string): BoardModel {
  const model = findBoardModel(id);
  if (model === undefined) throw new UserError(`There is no virtual board "${id}".`, `Known are ${boardModels.map((known) => known.id).join(', ')}.`);
  return model;
}

function parseFaultForTerminal(text: string): Fault {
  const fault = parseFault(text);
  if (portFaultKinds.includes(fault.kind)) throw new UserError(`A pseudo-terminal cannot show the fault "${fault.kind}".`, 'Leave it out: it is for tests within the process.');
  return fault;
}

function parseOptions(options: Record<string, unknown>): EmulateOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new UserError(`${parsed.error.issues[0]?.message ?? 'An option is wrong'}.`, 'See: mobilefacenet board emulate --help');
}
