import path from 'node:path';
import { openAnyDataset } from '../dataset/sources/open-any-dataset';
import { openEngine } from '../engine/open-engine';
import { verifyHeldOut } from '../evaluation/held-out';
import { createEmbedder } from '../evaluation/model-embedder';
import { summarize } from '../evaluation/verification';
import type { OpenTrainingEnvironment } from '../training/training-job';
import { canVerify, heldOutSource } from './held-out-source';
import { trainingDataOf } from './training-data';

const fallbackNotice =
  'TensorFlow\'s native library is not installed: training runs on the WebAssembly fallback, ten to thirty times slower, for trying only. ' +
  'See `mobilefacenet engine status`.';

/** Fits dataset, engine and evaluation together for a training. */
export const openTrainingEnvironment: OpenTrainingEnvironment = async (datasetFolder, { progress, notice, signal }, engineOptions) => {
  const folder = path.resolve(datasetFolder);
  const dataset = await openAnyDataset(folder, { progress, signal });
  const engine = await openEngine(engineOptions).catch((error: unknown) => {
    dataset.close();
    throw error;
  });
  if (engine.description.kind === 'wasm') notice(fallbackNotice);
  return {
    engine, progress, signal,
    data: trainingDataOf(dataset),
    async verify(spec, weights) {
      if (!canVerify(dataset)) return undefined;
      const embedder = createEmbedder(engine, spec, weights, { title: spec.name });
      try {
        return summarize(await verifyHeldOut(embedder, heldOutSource(dataset, engine, embedder.imageSize), { signal }));
      } finally {
        embedder.close();
      }
    },
    close() {
      dataset.close();
      engine.close();
    },
  };
};
