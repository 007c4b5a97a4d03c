import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { packagesFolder } from '../../base/product';
import { UserError } from '../../base/user-error';
import { elementCount } from '../../network/graph/graph-def';

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The weights of one network by their published names. */
export type NetworkWeights = ReadonlyMap<string, Weight>;

/** TensorFlow.js's weights manifest, as far as these files use it. */
const manifestSchema = z.array(z.object({
  paths: z.array(z.string()),
  weights: z.array(z.object({
    name: z.string(),
    shape: z.array(z.number().int()),
    quantization: z.object({ dtype: z.literal('uint8'), scale: z.number(), min: z.number() }).optional(),
  })),
}));

/** The folder `model` of the installed package. @throws UserError when it is not there */
export function locateWeights(): string {
  const folder = path.join(packagesFolder(), '@vladmandic', 'face-api', 'model');
  if (existsSync(path.join(folder, 'tiny_face_detector_model.bin'))) return folder;
  throw new UserError(`The weights of the face detector are missing in ${folder}.`, 'Install the product again (in a clone: `npm ci`).');
}

/**
 * Reads the weights of a network, e.g. "tiny_face_detector_model": float32, or uint8 with value = level * scale + min.
 * @throws UserError when a file does not fit its manifest
 */
export async function readWeights(folder: string, network: string): Promise<NetworkWeights> {
  const groups = manifestSchema.parse(JSON.parse(await readFile(path.join(folder, `${network}-weights_manifest.json`), 'utf8')));
  const weights = new Map<string, Weight>();
  for (const group of groups) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map((name) => readFile(path.join(folder, name)))));
    let offset = 0;
    for (const { name, shape, quantization } of group.weights) {
      const count = elementCount(shape);
      const end = offset + count * (quantization ? 1 : 4);
      if (end > bytes.length) throw damagedWeights(folder, network);
      const part = bytes.subarray(offset, end);
      const data = quantization ? levelsToFloats(part, quantization) : readFloats(part, count);
      weights.set(name, { shape, data });
      offset = end;
    }
    if (offset !== bytes.length) throw damagedWeights(folder, network);
  }
  return weights;
}

/** A plain loop: `Float32Array.from` takes twenty times as long, which every start of a detector would wait for. */
function levelsToFloats(levels: Uint8Array, { scale, min }: { readonly scale: number; readonly min: number }): Float32Array {
  const floats = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) floats[i] = (levels[i] as number) * scale + min;
  return floats;
}

function readFloats(bytes: Buffer, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(4 * i));
}

function damagedWeights(folder: string, network: string): UserError {
  return new UserError(`The weights ${network} in ${folder} do not fit their manifest.`, 'Install the product again (in a clone: `npm ci`).');
}

/** @throws Error when the network has no weight of this name */
export function weightNamed(weights: NetworkWeights, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw new Error(`The weights lack ${name}`);
  return weight;
}
