import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { wholeNumber } from '../../base/option-parsers';
import { errorText, UserError } from '../../base/user-error';
import { defaultPolicy, policyHelp } from '../policy/policy-command';
import { readPolicy } from '../policy/read-policy';
import { parseLookRequest, type LookAnswer, type LookRequest } from './look-requests';
import type { PhotoLook } from './photo-look';
import { PhotoViewer } from './photo-viewer';

const optionsSchema = z.object({ policy: z.string(), size: z.number(), seed: z.number(), requests: z.literal(true).optional() });
type Options = z.infer<typeof optionsSchema>;

/** Adds `look` to the command `dataset`. */
export function registerLookCommand(dataset: Command, run: CommandRunner): void {
  const command = dataset
    .command('look')
    .argument('<photos>', 'folder with one folder of photos per person')
    .argument('[photo]', 'one of its photos, as person/file')
    .description('show what a preparation would make of one photo: its face, its crop and the copies by a policy; writes nothing')
    .option('--size <pixels>', 'side of the square crop', wholeNumber(16, 512), 112)
    .option('--policy <name|file>', policyHelp, defaultPolicy)
    .option('--seed <number>', 'decides what the copies look like', wholeNumber(0, 2 ** 31 - 1), 0)
    .option('--requests', 'answer requests on stdin, each a line of JSON, until it ends');
  run(command, ([photos = '', photo], options, context) => look(photos, photo, optionsSchema.parse(options), context));
}

async function look(photos: string, photo: string | undefined, options: Options, context: CommandContext): Promise<CommandResult> {
  const viewer = await PhotoViewer.open(photos);
  try {
    if (options.requests) return await answerRequests(viewer, options, context);
    if (photo === undefined) throw new UserError('No photo is named.', 'Give one as person/file, or --requests.');
    const { size, seed } = options;
    const result = await viewer.look(photo, { size, seed, policy: await readPolicy(options.policy) });
    return { result, text: textOf(result) };
  } finally {
    await viewer.close();
  }
}

async function answerRequests(viewer: PhotoViewer, options: Options, { signal }: CommandContext): Promise<CommandResult> {
  const input = createInterface({ input: process.stdin });
  const stop = (): void => input.close();
  signal.addEventListener('abort', stop, { once: true });
  let answered = 0;
  const pending = new Set<Promise<void>>();
  for await (const line of input) {
    const request = parseLookRequest(line);
    if (request === undefined) continue;
    const work = answer(viewer, request, options).then((done) => {
      answered++;
      process.stdout.write(`${JSON.stringify(done)}\n`);
    });
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }
  await Promise.all(pending);
  return { result: { answered }, text: `${answered} requests answered.` };
}

async function answer(viewer: PhotoViewer, request: LookRequest, { seed }: Options): Promise<LookAnswer> {
  const { id } = request;
  try {
    if (request.kind === 'look') return { id, look: await viewer.look(request.photo, { size: request.size, seed, policy: await readPolicy(request.policy) }) };
    await viewer.writeThumbnail(request.photo, request.side, request.out);
    return { id };
  } catch (error) {
    const action = error instanceof UserError ? error.action : 'Check that the photo can be opened elsewhere.';
    return { id, error: { message: error instanceof Error ? error.message : errorText(error), action } };
  }
}

function textOf({ photo, size, face, faces, dropped, policy, milliseconds }: PhotoLook): string {
  const lines = [`${photo}${size ? `: ${size.width} x ${size.height} pixels` : ''}`];
  if (dropped) lines.push(`would be left out: ${dropped.reason}${dropped.detail === undefined ? '' : `, ${dropped.detail}`}`);
  if (face) {
    const found = faces === undefined ? 'known landmarks' : `${faces} faces, found by ${face.foundBy} with score ${(face.score ?? 0).toFixed(2)}`;
    lines.push(`${found}, ${milliseconds} ms`, `eyes ${face.eyeDistancePixels.toFixed(0)} pixels apart, cut at scale ${face.scale.toFixed(2)}`);
  }
  if (policy) lines.push(`policy ${policy.name}: ${policy.rule}`);
  return lines.join('\n');
}
