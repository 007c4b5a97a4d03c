import path from 'node:path';
import { UserError } from '../base/user-error';
import type { FaceEmbedder } from '../evaluation/embedding';
import { createEmbedder, readModel } from '../evaluation/model-embedder';
import { readKmodelFacts } from '../kmodel/kmodel-facts';
import { readKmodelFile } from '../kmodel/read-kmodel';
import { SimulatedEmbedder } from '../kmodel/simulated-embedder';
import { SimulationPool } from '../kmodel/simulation-pool';
import type { InputNormalization } from '../network/formats/import/input-normalization';
import type { LazyEngine } from './lazy-engine';

/** Opens a run, model folder or model file on the engine, or a .kmodel in the simulator. @throws UserError when it is none of them */
export async function openEmbedder(model: string, normalization: InputNormalization | undefined, engine: LazyEngine): Promise<FaceEmbedder> {
  if (isKmodel(model)) {
    if (normalization) throw new UserError(`${model} takes pixels as they are.`, 'Leave --normalize out.');
    return openSimulated(model);
  }
  const { record, weights } = await readModel(model, normalization);
  return createEmbedder(await engine.get(), record.network, weights, record);
}

/** Cosine from which the model takes two photos for the same person; undefined when it was never verified. */
export async function recommendedThreshold(model: string, normalization?: InputNormalization): Promise<number | undefined> {
  return isKmodel(model) ? (await readKmodelFacts(model)).threshold : (await readModel(model, normalization)).record.threshold;
}

function isKmodel(model: string): boolean {
  return path.extname(model).toLowerCase() === '.kmodel';
}

async function openSimulated(file: string): Promise<FaceEmbedder> {
  const { kmodel } = await readKmodelFile(file);
  if (kmodel.version !== 3) throw new UserError(`${file} is a kmodel of version ${kmodel.version}; the simulator runs version 3.`, 'Convert the original model to version 3.');
  const facts = await readKmodelFacts(file);
  // Opened here once as well, so that a model that cannot run is refused before any photo is read.
  const { imageSize, embeddingLength } = new SimulatedEmbedder(kmodel.program, facts, file);
  const pool = new SimulationPool({ program: kmodel.program, facts, file });
  return {
    imageSize, embeddingLength, title: path.basename(file), template: facts.template,
    embed: (crops, count, signal) => pool.embed(crops, count, signal),
    close: () => void pool.close(),
  };
}
