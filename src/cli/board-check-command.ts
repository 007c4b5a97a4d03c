import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { UserError } from '../base/user-error';
import { boardFolder } from '../board/board-folder';
import { compareEmbeddings, type EmbeddingComparison } from '../board/photo-check/compare-embeddings';
import { askBoardForEmbedding } from '../board/photo-check/ask-board';
import { fromRgb565, toRgb565 } from '../board/photo-check/rgb565';
import { choosePorts } from '../board/port/choose-port';
import { listPorts } from '../board/port/list-ports';
import { PortOwners } from '../board/port/port-owners';
import { SerialPortTransport } from '../board/port/serial-port-transport';
import { withPort } from '../board/port/with-port';
import { systemClock } from '../board/system-clock';
import { withEmbedder, type EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { readKmodelFacts, type KmodelFacts } from '../kmodel/kmodel-facts';
import { readKmodelFile } from '../kmodel/read-kmodel';
import { SimulatedEmbedder } from '../kmodel/simulated-embedder';

const optionsSchema = z.object({
  port: z.string().optional(),
  model: z.string(),
  original: z.string().optional(),
  align: z.literal(true).optional(),
});

/** Below this the board does not compute what the simulator does: not a matter of rounding any more. */
const sameCosine = 0.999;

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
  const facts = await readKmodelFacts(options.model);
  const crop = await cropOf(photo, facts, options.align === true, dependencies);
  const here = await simulatedEmbedding(options.model, facts, crop);
  const ports = await choosePorts(options.port ?? 'auto', await listPorts());
  const access = { owners: new PortOwners(boardFolder()), clock: systemClock, open: (path: string, baudRate: number) => SerialPortTransport.open(path, baudRate) };
  const { path, answer } = await withPort(access, ports, context.notice, context.signal, async (transport, chosen) => {
    await transport.setLines({ dtr: false, rts: false });
    const { progress, signal } = context;
    return { path: chosen.path, answer: await askBoardForEmbedding(transport, systemClock, crop, facts.input.size, { progress, signal }) };
  });
  const there = normalized(answer.values);
  if (there.length !== here.length) throw new UserError(`The board gives ${there.length} values, ${options.model} ${here.length}.`, 'The board has another model: deploy this one, then check again.');
  const simulator = compareEmbeddings(there, here);
  const original = await originalEmbedding(options.original ?? facts.source, options.original !== undefined, crop, dependencies);
  const float = original && compareEmbeddings(there, original);
  if (simulator.cosine < sameCosine) {
    throw new UserError(
      `The board does not compute what ${options.model} says: the cosine to the simulator is ${simulator.cosine.toFixed(4)}.`,
      'Deploy this model again; if that does not help, report the board, its firmware and this number.',
    );
  }
  return {
    result: { photo, model: options.model, port: path, boardMs: answer.ms, simulator, ...(float ? { original: float } : {}) },
    text: [
      `Same photo: the board computes what the simulator does (${agreement(simulator)})`,
      ...(float ? [`Original:   cosine ${float.cosine.toFixed(4)} to the float model`] : []),
      `Speed:      ${answer.ms} ms on the board`,
    ].join('\n'),
  };
}

async function cropOf(photo: string, facts: KmodelFacts, align: boolean, dependencies: EvaluationDependencies): Promise<Uint8Array> {
  const { size } = facts.input;
  const crop = align ? await dependencies.alignPhoto(photo, size, facts.template) : await dependencies.readCrop(photo, size);
  if (crop === undefined) throw new UserError(`No face was found in ${photo}.`, 'Give a photo that shows one face clearly, or an aligned face without --align.');
  // What the board gets to see: 16 bits per pixel.
  return fromRgb565(toRgb565(crop));
}

async function simulatedEmbedding(model: string, facts: KmodelFacts, crop: Uint8Array): Promise<Float32Array> {
  const { kmodel } = await readKmodelFile(model);
  if (kmodel.version !== 3) throw new UserError(`${model} is a kmodel of version ${kmodel.version}; the simulator runs version 3.`, 'Convert the original model to version 3.');
  return new SimulatedEmbedder(kmodel.program, facts, model).embed(crop);
}

/** Undefined when the model that the .kmodel was made from is gone; one that the user named must be there. */
async function originalEmbedding(model: string, required: boolean, crop: Uint8Array, dependencies: EvaluationDependencies): Promise<Float32Array | undefined> {
  if (!required && !existsSync(model)) return undefined;
  return withEmbedder({ model, normalization: undefined }, dependencies, async (embedder) => normalized(await embedder.embed(crop, 1)));
}

/** As the simulator's embedder does it, so that equal values stay equal. */
function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function agreement({ identical, cosine, largestDifference }: EmbeddingComparison): string {
  return identical ? 'every bit is the same' : `cosine ${cosine.toFixed(6)}, largest difference ${largestDifference.toExponential(1)}`;
}
