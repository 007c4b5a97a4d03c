import { Option, type Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { UserError } from '../base/user-error';
import { choosePorts } from '../board/port/choose-port';
import { listPorts } from '../board/port/list-ports';
import { systemPortAccess } from '../board/port/system-port-access';
import { withPort } from '../board/port/with-port';
import { systemClock } from '../board/system-clock';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import type { KmodelFacts } from '../kmodel/kmodel-facts';
import { SamePhoto, samenessText } from './same-photo';

const optionsSchema = z.object({
  port: z.string().optional(),
  model: z.string(),
  original: z.string().optional(),
  align: z.literal(true).optional(),
});

/** Registers `board check`. */
export function registerBoardCheckCommand(board: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const command = board
    .command('check')
    .description('send a photo to the program on the board and compare its embedding with the one computed here')
    .argument('<photo>', 'an aligned face, or with --align any photo of one')
    .requiredOption('--model <file>', '.kmodel that the board has, with its .json beside it')
    .option('--port <path>', 'serial port of the board (see `ports`), or "auto" for the only board')
    .addOption(new Option('--original <model>', 'float model to compare with as well (default: the one that the .kmodel was made from, where it still is)'))
    .option('--align', 'find the face in the photo and align it first');
  run(command, async ([photo = ''], raw, context) => boardCheck(photo, optionsSchema.parse(raw), context, dependencies));
}

async function boardCheck(photo: string, options: z.infer<typeof optionsSchema>, context: CommandContext, dependencies: EvaluationDependencies): Promise<CommandResult> {
  const { model, original, align = false } = options;
  const samePhoto = await SamePhoto.of(model, (facts) => cropOf(photo, facts, align, dependencies));
  const ports = await choosePorts(options.port ?? 'auto', await listPorts());
  const { path, answer } = await withPort(systemPortAccess(), ports, context.notice, context.signal, async (transport, chosen) => {
    await transport.setLines({ dtr: false, rts: false });
    const { progress, signal } = context;
    return { path: chosen.path, answer: await samePhoto.askBoard(transport, systemClock, { progress, signal }) };
  });
  const checked = await samePhoto.compare(answer, original, dependencies);
  return {
    result: { photo, model, port: path, ...checked },
    text: [
      `Same photo: the board computes what the simulator does (${samenessText(checked.simulator)})`,
      ...(checked.original ? [`Original:   cosine ${checked.original.cosine.toFixed(4)} to the float model`] : []),
      `Speed:      ${checked.boardMs} ms on the board`,
    ].join('\n'),
  };
}

async function cropOf(photo: string, { input: { size }, template }: KmodelFacts, align: boolean, dependencies: EvaluationDependencies): Promise<Uint8Array> {
  const crop = align ? await dependencies.alignPhoto(photo, size, template) : await dependencies.readCrop(photo, size);
  if (crop === undefined) throw new UserError(`No face was found in ${photo}.`, 'Give a photo that shows one face clearly, or an aligned face without --align.');
  return crop;
}
