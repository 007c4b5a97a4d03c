import { existsSync } from 'node:fs';
import path from 'node:path';
import { silentProgress } from '../../../src/base/progress';
import { openTrainingEnvironment } from '../../../src/cli/training-environment';
import { datasetFileName } from '../../../src/dataset/artifact-names';
import { prepareDataset } from '../../../src/dataset/prepare';
import { runFiles } from '../../../src/protocol/run-files';
import { composeRecipe } from '../../../src/training/recipe/compose-recipe';
import { startRun } from '../../../src/training/training-job';
import { photoData } from '../support/crop-rate';

export const trainedNetworks = ['paper', 'k210-s'] as const;
export type TrainedNetwork = (typeof trainedNetworks)[number];

export interface TrainedModels {
  /** Prepared dataset with people that no training saw. */
  readonly dataset: string;
  /** Run of each network. */
  readonly runs: Readonly<Record<TrainedNetwork, string>>;
}

/** Softmax separates the people, then the margin gives the embeddings their form: enough to have slopes and ranges of a trained network. */
const softmaxEpochs = 7;
const marginEpochs = 6;
const heldOutPeople = 12;

/**
 * Networks trained on the real development set. They are kept in the folder and taken from there at the next call: training both takes
 * about half an hour on two cores.
 */
export async function trainedModels(folder: string): Promise<TrainedModels> {
  const dataset = path.join(folder, 'D');
  if (!existsSync(path.join(dataset, datasetFileName))) {
    const photos = path.join(photoData, 'lfw_dev60');
    if (!existsSync(photos)) throw new Error(`the photos are not at ${photos}`);
    await prepareDataset({ photos, out: dataset, holdOut: { kind: 'count', count: heldOutPeople }, seed: 1 });
  }
  const runs = { paper: await trained(folder, dataset, 'paper'), 'k210-s': await trained(folder, dataset, 'k210-s') };
  return { dataset, runs };
}

async function trained(folder: string, dataset: string, network: TrainedNetwork): Promise<string> {
  const softmax = path.join(folder, `${network}-softmax`);
  const run = path.join(folder, `${network}-arcface`);
  if (existsSync(path.join(run, runFiles.record))) return run;
  process.stderr.write(`training ${network}\n`);
  const context = { progress: silentProgress, signal: new AbortController().signal, verbose: false, notice: (text: string) => void process.stderr.write(`${text}\n`) };
  const environment = await openTrainingEnvironment(dataset, context);
  try {
    if (!existsSync(path.join(softmax, runFiles.record))) {
      await startRun(environment, { out: softmax, recipe: await composeRecipe({ network, head: 'softmax', epochs: softmaxEpochs, seed: 1 }, undefined) });
    }
    await startRun(environment, { out: run, recipe: await composeRecipe({ head: 'arcface', epochs: marginEpochs, seed: 1 }, undefined), parent: softmax });
  } finally {
    environment.close();
  }
  return run;
}
