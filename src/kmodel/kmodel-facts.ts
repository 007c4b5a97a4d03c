import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { errorCode, UserError } from '../base/user-error';

/** What a .kmodel file cannot say about itself: the JSON file beside it. */
export const kmodelFactsSchema = z.object({
  format: z.literal(1),
  toolVersion: z.string(),
  /** Model that it was made from. */
  source: z.string(),
  /** Bytes [3][size][size], R, G, B, each pixel 0..255; turned by 180 degrees before it enters where `turn` says so. */
  input: z.object({ size: z.number().int().positive(), layout: z.literal('CHW'), colours: z.literal('RGB'), turn: z.enum(['none', 'rotate180']) }),
  embeddingLength: z.number().int().positive(),
  /** Name of the template that faces are aligned to; absent: the default one. */
  template: z.string().optional(),
  /** Cosine from which the float model takes two photos for the same person. */
  threshold: z.number().optional(),
  /** `l2`: unit length. `raw`: as the network gives it. `scaled`: all values within 0.248. */
  output: z.enum(['l2', 'raw', 'scaled']),
  weightBits: z.union([z.literal(8), z.literal(16)]),
  calibration: z.object({
    folder: z.string(), faces: z.number().int(), ranges: z.string(),
    /** Channels were scaled towards the same range, because it agreed better. */
    equalized: z.boolean().optional(),
  }),
  /** Cosine between the embeddings of the float model and of the simulated chip, on faces that were not used for calibration. */
  agreement: z.object({ faces: z.number().int(), meanCosine: z.number(), leastCosine: z.number() }),
  /** Layers with PReLU: different slopes that the chip computes, KPU layers for them, and what they change (decibels; absent: nothing). */
  slopes: z.array(z.object({ name: z.string(), slopes: z.number().int(), parts: z.number().int(), signalToNoiseDb: z.number().optional() })).optional(),
  estimatedMs: z.number(),
  /** The same if the processor did the additions. */
  estimatedMsWithCpuAdditions: z.number().optional(),
  /** One per layer of the program. */
  layers: z.array(z.object({
    name: z.string(), kind: z.string(), estimatedMs: z.number(),
    /** Real values of the bytes 0 and 255, and how they were chosen. */
    range: z.object({ minimum: z.number(), maximum: z.number(), criterion: z.string() }).optional(),
    /** Power of the floats over power of the difference to them, and cosine between both, on the same faces as `agreement`. */
    signalToNoiseDb: z.number().optional(), cosine: z.number().optional(),
  })),
});
export type KmodelFacts = z.infer<typeof kmodelFactsSchema>;

/** A line for each of 4096 layers is far less. */
const largestFactsBytes = 4 * 1024 * 1024;

/** @throws SyntaxError or ZodError when the text is not what `convert` writes */
export function parseKmodelFacts(text: string): KmodelFacts {
  return kmodelFactsSchema.parse(JSON.parse(text));
}

/** `models/face.kmodel` has its facts in `models/face.json`. */
export function kmodelFactsFile(kmodelFile: string): string {
  return path.join(path.dirname(kmodelFile), `${path.basename(kmodelFile, path.extname(kmodelFile))}.json`);
}

/** @throws UserError when the file beside the model is missing or is not one that `convert` wrote */
export async function readKmodelFacts(kmodelFile: string): Promise<KmodelFacts> {
  const file = kmodelFactsFile(kmodelFile);
  const action = 'Keep the .json file that `convert` wrote beside the .kmodel, or convert the model again.';
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > largestFactsBytes) throw new Error(`${found.size} bytes`);
    return parseKmodelFacts(await readFile(file, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UserError(`${file}, which says how pictures enter ${kmodelFile}, does not exist.`, action, { cause: error });
    throw new UserError(`${file} does not describe a face model (${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}).`, action, { cause: error });
  }
}
