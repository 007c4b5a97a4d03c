import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { faceFileName, modelFileName } from '../../network/model-files';

/** The parts of face.json that are shown; the command line reads and checks all of it. */
const faceFactsSchema = z.object({
  imageSize: z.number().int().positive().optional().catch(undefined),
  trained: z.object({ step: z.number().int() }).optional().catch(undefined),
});
export type ModelFacts = z.infer<typeof faceFactsSchema>;

/** Facts of a model folder, without its weights; undefined when the folder holds no model. A foreign TensorFlow.js model has none. */
export async function readModelFacts(folder: string): Promise<ModelFacts | undefined> {
  const text = await readFile(path.join(folder, faceFileName), 'utf8').catch(() => undefined);
  if (text === undefined) return stat(path.join(folder, modelFileName)).then(() => ({}), () => undefined);
  try {
    return faceFactsSchema.parse(JSON.parse(text));
  } catch {
    // A damaged file is explained by the command line, which reads all of it.
    return {};
  }
}
