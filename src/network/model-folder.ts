/**
 * A model folder: `model.json` and weight shards in TensorFlow.js layers format, and `face.json` with what a face model needs
 * beyond it (pixel normalisation, embedding length, recommended threshold, the NetworkSpec itself).
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeFolderAtomic } from '../base/atomic-file';
import { productVersion } from '../base/product';
import { UserError, errorCode } from '../base/user-error';
import { halfToFloat } from './formats/half-float';
import { elementCount } from './graph/graph-def';
import { layersModelTopology } from './layers-model';
import { inputSize } from './layer-shapes';
import type { NetworkSpec, Weight, Weights } from './network-spec';
import { faceFileName, modelFileName } from './model-files';
import { weightDefinitions, weightOf } from './weight-definitions';

const faceRecordSchema = z.object({
  format: z.literal(1),
  toolVersion: z.string(),
  title: z.string(),
  imageSize: z.number().int().positive(),
  embeddingLength: z.number().int().positive(),
  normalization: z.object({ mean: z.number(), deviation: z.number() }),
  /** Cosine from which two photos are taken for the same person; absent until the model was verified. */
  threshold: z.number().optional(),
  /** Run and step that the weights come from. */
  trained: z.object({ run: z.string(), step: z.number().int(), head: z.string() }).optional(),
  /** How the crops that it was trained on are cut, as `dataset.json` says; absent in models of older versions: arcface-112. */
  template: z.string().optional(),
  network: z.custom<NetworkSpec>((value) => z.object({ format: z.literal(1), layers: z.array(z.object({ kind: z.string(), name: z.string() })) }).safeParse(value).success),
});
export type FaceRecord = z.infer<typeof faceRecordSchema>;

export interface FaceModel {
  readonly record: FaceRecord;
  readonly weights: Weights;
}

/** What the TensorFlow.js converter makes of weights on request: value = stored * scale + min, or float16. */
const quantizationSchema = z.discriminatedUnion('dtype', [
  z.object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal('float16') }),
]);
const manifestWeightSchema = z.object({ name: z.string(), shape: z.array(z.number().int()), dtype: z.literal('float32'), quantization: quantizationSchema.optional() });
const layersModelSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()).optional(),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(manifestWeightSchema) })),
});

/** Browsers cache files of up to 4 MiB; TensorFlow.js writes shards of this size. */
const shardBytes = 4 << 20;

export type FaceFacts = Pick<FaceRecord, 'title' | 'threshold' | 'trained' | 'template'>;

/** Writes a model folder, replacing an old one only when the new one is complete. */
export async function writeModelFolder(folder: string, spec: NetworkSpec, weights: Weights, facts: FaceFacts): Promise<void> {
  const definitions = weightDefinitions(spec);
  const data = Buffer.concat(definitions.map(({ name }) => bytesOf(weightOf(weights, name))));
  const shards = Math.max(1, Math.ceil(data.length / shardBytes));
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  const model = {
    format: 'layers-model', generatedBy: `MobileFaceNet Studio ${productVersion}`, convertedBy: null,
    modelTopology: layersModelTopology(spec),
    weightsManifest: [{ paths, weights: definitions.map(({ name, shape }) => ({ name, shape: kerasShape(name, shape), dtype: 'float32' })) }],
  };
  const record: FaceRecord = {
    format: 1, toolVersion: productVersion, ...facts, imageSize: inputSize(spec), embeddingLength: spec.embeddingLength,
    normalization: spec.normalization, network: spec,
  };
  await writeFolderAtomic(folder, async (temporary) => {
    await Promise.all(paths.map((file, i) => writeFile(path.join(temporary, file), data.subarray(i * shardBytes, (i + 1) * shardBytes))));
    await writeFile(path.join(temporary, modelFileName), JSON.stringify(model));
    await writeFile(path.join(temporary, faceFileName), `${JSON.stringify(record, null, 2)}\n`);
  });
}

/** @throws UserError naming the file that is missing or damaged */
export async function readModelFolder(folder: string): Promise<FaceModel> {
  const file = path.join(folder, faceFileName);
  const record = parseFaceRecord(await readJson(file), file);
  const { weights } = await readWeightsManifest(folder);
  return { record, weights: inSpecShapes(record.network, weights, path.join(folder, modelFileName)) };
}

/** @param file where the record was found, for the error @throws UserError when it is no face.json */
export function parseFaceRecord(value: unknown, file: string): FaceRecord {
  const record = faceRecordSchema.safeParse(value);
  if (!record.success) throw damaged(file, record.error);
  return record.data;
}

/**
 * Topology and weights of any TensorFlow.js layers model with float32 weights, quantized ones included.
 * @returns `topology`: the Keras model in model.json; weights by their name in the file
 * @throws UserError naming the file that is missing or damaged
 */
export async function readWeightsManifest(folder: string): Promise<{ topology: unknown; weights: Map<string, Weight> }> {
  const model = layersModelSchema.safeParse(await readJson(path.join(folder, modelFileName)));
  if (!model.success) throw damaged(path.join(folder, modelFileName), model.error);
  const weights = new Map<string, Weight>();
  for (const group of model.data.weightsManifest) {
    const data = Buffer.concat(await Promise.all(group.paths.map((file) => readShard(path.join(folder, path.basename(file))))));
    let offset = 0;
    for (const { name, shape, quantization } of group.weights) {
      const byteLength = elementCount(shape) * (quantization ? storedBytes[quantization.dtype] : Float32Array.BYTES_PER_ELEMENT);
      if (offset + byteLength > data.length) throw damaged(path.join(folder, group.paths[0] ?? ''), `weight ${name} is cut off`);
      const { buffer } = Uint8Array.from(data.subarray(offset, offset + byteLength));
      weights.set(name, { shape, data: quantization ? realValues(buffer, quantization) : new Float32Array(buffer) });
      offset += byteLength;
    }
  }
  return { topology: model.data.modelTopology?.['model_config'] ?? model.data.modelTopology, weights };
}

const storedBytes = { uint8: 1, uint16: 2, float16: 2 } as const;

function realValues(stored: ArrayBuffer, quantization: z.infer<typeof quantizationSchema>): Float32Array {
  if (quantization.dtype === 'float16') return Float32Array.from(new Uint16Array(stored), halfToFloat);
  const { dtype, scale, min } = quantization;
  return Float32Array.from(dtype === 'uint8' ? new Uint8Array(stored) : new Uint16Array(stored), (value) => value * scale + min);
}

async function readShard(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read, but ${modelFileName} names it.`, 'Copy the whole folder of the model, shards included.', { cause: error });
  }
}

/** Keras keeps a slope for the shared axes too: [1, 1, channels] where the spec says [channels]. */
export function kerasShape(name: string, shape: readonly number[]): readonly number[] {
  return name.endsWith('/alpha') ? [1, 1, ...shape] : shape;
}

function inSpecShapes(spec: NetworkSpec, weights: Weights, file: string): Map<string, Weight> {
  const known = new Map(weightDefinitions(spec).map(({ name, shape }) => {
    const weight = weights.get(name);
    if (weight?.shape.join() !== kerasShape(name, shape).join()) throw damaged(file, `weight ${name} is missing or has a wrong shape`);
    return [name, { shape, data: weight.data }];
  }));
  const extra = [...weights.keys()].find((name) => !known.has(name));
  if (extra !== undefined) throw damaged(file, `weight ${extra} does not belong to its network`);
  return known;
}

function bytesOf({ data }: Weight): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new UserError(`${file} does not exist.`, 'Name a model folder, or a run that has finished at least one epoch.', { cause: error });
    }
    throw damaged(file, error);
  }
}

function damaged(file: string, cause: unknown): UserError {
  const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new UserError(`${file} is damaged (${why}).`, 'Export or train the model again.', { cause });
}
