import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { UserError } from '../../base/user-error';
import type { FivePoints } from '../align';

/** Name of the optional file with known landmarks at the root of a photo folder. */
export const sidecarFileName = 'landmarks.jsonl';

const pointSchema = z.tuple([z.number(), z.number()]);
/**
 * One line of `landmarks.jsonl`. `photo` is "identity/file"; `landmarks` are left eye, right eye, nose, left and right mouth
 * corner as seen in the upright photo, in its pixels.
 */
const lineSchema = z.object({
  photo: z.string(),
  landmarks: z.tuple([pointSchema, pointSchema, pointSchema, pointSchema, pointSchema]),
});

/**
 * Landmarks by photo ("identity/file") of a photo folder; empty when it has no side-car file.
 * @throws UserError naming file and line when a line is not as described
 */
export async function readLandmarkSidecar(root: string): Promise<ReadonlyMap<string, FivePoints>> {
  const file = path.join(root, sidecarFileName);
  const landmarks = new Map<string, FivePoints>();
  const exists = await access(file).then(() => true, () => false);
  if (!exists) return landmarks;
  let lineNumber = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    lineNumber++;
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (!entry) {
      throw new UserError(
        `Line ${lineNumber} of ${file} holds no landmarks.`,
        'Write {"photo":"identity/file","landmarks":[[x,y], five times]} on each line, or remove the file to have faces detected.',
      );
    }
    landmarks.set(entry.photo, entry.landmarks);
  }
  return landmarks;
}

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
