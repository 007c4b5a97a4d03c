import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../base/user-error';
import type { Engine } from '../engine/engine';
import { checkNormalization, type InputNormalization } from '../network/formats/import/input-normalization';
import { isForeignModel, readFaceModel } from '../network/formats/import/read-face-model';
import { buildInferenceGraph } from '../network/inference-graph';
import { inputSize } from '../network/layer-shapes';
import { readModelFolder, type FaceFacts, type FaceModel } from '../network/model-folder';
import { faceFileName } from '../network/model-files';
import type { NetworkSpec, Weights } from '../network/network-spec';
import { runFiles } from '../protocol/run-files';
import type { FaceEmbedder } from './embedding';

/** The network with these weights as an embedder on an engine. */
export function createEmbedder(engine: Engine, spec: NetworkSpec, weights: Weights, { title, template }: Pick<FaceFacts, 'title' | 'template'>): FaceEmbedder {
  const inference = buildInferenceGraph(spec, weights);
  const session = engine.openSession(inference.graph);
  const imageSize = inputSize(spec);
  return {
    imageSize, embeddingLength: spec.embeddingLength, title, template,
    async embed(crops, count) {
      const feeds = { [inference.pixels]: { dtype: 'uint8', shape: [count, imageSize, imageSize, 3], data: crops } as const };
      const [embedding] = await session.run(feeds, [inference.embedding]);
      if (!(embedding?.data instanceof Float32Array)) throw new Error(`${title} returned no embedding`);
      return embedding.data;
    },
    close: () => session.close(),
  };
}

/**
 * Reads the model of a run (its best one, else its last), a model folder, or a model file.
 * @param normalization how pixels enter a file that does not say so
 * @throws UserError when there is none, or it says otherwise how pixels enter
 */
export async function readModel(model: string, normalization?: InputNormalization): Promise<FaceModel> {
  if (isForeignModel(model)) return readFaceModel(model, normalization);
  const read = await readModelFolder(modelFolderOf(model));
  checkNormalization(model, read.record.normalization, normalization);
  return read;
}

/** Of a run or a model folder. @throws UserError when there is none */
export function modelFolderOf(model: string): string {
  const candidates = [model, path.join(model, runFiles.bestModel), path.join(model, runFiles.lastModel)];
  const found = candidates.find((folder) => existsSync(path.join(folder, faceFileName)));
  if (found !== undefined) return found;
  const isRun = existsSync(path.join(model, runFiles.record));
  throw isRun
    ? new UserError(`${model} has no model yet.`, 'Wait for the end of its first epoch, or resume it.')
    : new UserError(`${model} is neither a run nor a model folder.`, 'Name a folder that `train` wrote, or one with model.json and face.json.');
}
