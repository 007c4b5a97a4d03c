import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { CommandContext } from '../base/command';
import { UserError, throwIfCancelled } from '../base/user-error';
import { datasetFileName } from '../dataset/artifact-names';
import { readDatasetRecord } from '../dataset/dataset-reader';
import type { HoldOutWish } from '../dataset/hold-out';
import { prepareDataset } from '../dataset/prepare';
import { defaultSample, generateSample } from '../dataset/sample/sample-writer';
import type { EngineRecord } from '../engine/engine-record';
import { probeLibrary } from '../engine/probe';
import { provisionEngine } from '../engine/provisioning/provision-engine';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { readKmodelFacts, type KmodelFacts } from '../kmodel/kmodel-facts';
import type { RunRecord } from '../protocol/run';
import { runFiles } from '../protocol/run-files';
import { readRunRecord } from '../training/run/run-folder';
import { composeRecipe } from '../training/recipe/compose-recipe';
import type { TrainOptions } from '../training/training-command';
import { resumeRun, startRun, type TrainingEnvironment } from '../training/training-job';
import { calibrationCrops } from './calibration-crops';
import { freshKmodel, type FreshKmodel } from './fresh-kmodel';
import type { LazyEngine } from './lazy-engine';
import { rehearseDeployment, type Rehearsal } from './rehearse-deployment';
import { openTrainingEnvironment } from './training-environment';

export interface JourneyOptions {
  /** Folder of photos; the drawn sample when absent. */
  readonly photos?: string;
  /** Folder that gets photos (of the sample), dataset and runs; the layout that the extension shows. */
  readonly out: string;
  /** Passes over the images for each of the two heads. */
  readonly epochs?: number;
  /** People for verification: a number or a share, as `dataset prepare --hold-out`. */
  readonly holdOut?: HoldOutWish;
  readonly seed?: number;
}

export interface JourneyResult {
  readonly engine: EngineRecord;
  readonly dataset: string;
  readonly softmax: RunRecord;
  readonly arcface: RunRecord;
  readonly kmodel: JourneyKmodel;
  /** Deployment to the virtual board, and the same photo there and here. */
  readonly rehearsal: Rehearsal;
}

export interface JourneyKmodel extends FreshKmodel {
  readonly bytes: number;
  readonly facts: KmodelFacts;
}

/** How much is trained by default: a few minutes for each head on two cores. */
interface Scale {
  /** Images that each head sees. */
  readonly presentations: number;
  readonly imageSize: number;
  /** Width multiplier and initial learning rate where they differ from the recipe's. */
  readonly alpha?: number;
  readonly learningRate?: number;
}
const nativeScale: Scale = { presentations: 7000, imageSize: 112 };
/** A network and pictures that the WebAssembly fallback can train in minutes. */
const fallbackScale: Scale = { presentations: 3000, imageSize: 64, alpha: 0.25, learningRate: 4e-3 };
/** Enough for value ranges of a network that has seen so little; `convert` takes more. */
const calibrationFaces = 64;
const epochLimits = { least: 2, most: 60 } as const;
/** A machine that could not get the native library is not made to wait for the same failures at every call. */
const fallbackRetryMs = 24 * 3600 * 1000;

/**
 * The main job from photos to a model on a board: engine, photos, dataset, softmax, ArcFace, .kmodel, virtual board. Each stage that is already
 * there is taken as it is, and an interrupted training continues, so that the same call goes on where the last one stopped.
 */
export async function runJourney(options: JourneyOptions, context: CommandContext, dependencies: EvaluationDependencies, lazyEngine: LazyEngine): Promise<JourneyResult> {
  const { progress, signal } = context;
  const engine = await provisionEngine({ env: process.env, progress, signal, probe: probeLibrary, keepFallbackMs: fallbackRetryMs });
  const scale = engine.kind === 'wasm' ? fallbackScale : nativeScale;
  const dataset = await prepare(options, scale, context);
  const trained = await train(options, scale, dataset, context);
  const kmodel = await convert(path.join(options.out, 'runs', 'arcface'), dataset, context, dependencies, lazyEngine);
  const [crop] = await calibrationCrops({ folder: dataset, form: { imageSize: kmodel.facts.input.size, template: kmodel.facts.template }, faces: 1, aligned: true }, context, dependencies, lazyEngine);
  if (crop === undefined) throw new UserError(`${dataset} has no photo to show to the board.`, 'Give more photos, and another --out folder.');
  throwIfCancelled(signal, 'The journey');
  return { engine, dataset, ...trained, kmodel, rehearsal: await rehearseDeployment(kmodel.file, crop, context, dependencies) };
}

async function train(options: JourneyOptions, scale: Scale, dataset: string, context: CommandContext): Promise<Pick<JourneyResult, 'softmax' | 'arcface'>> {
  const environment = await openTrainingEnvironment(dataset, context);
  try {
    const wishes = trainOptions(options, scale, environment.data.count);
    const softmaxFolder = path.join(options.out, 'runs', 'softmax');
    const softmax = await trainOrContinue(environment, softmaxFolder, { ...wishes, head: 'softmax' });
    const arcface = await trainOrContinue(environment, path.join(options.out, 'runs', 'arcface'), { ...wishes, head: 'arcface' }, softmaxFolder);
    return { softmax, arcface };
  } finally {
    environment.close();
  }
}

async function convert(run: string, dataset: string, context: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine): Promise<JourneyKmodel> {
  const fresh = await freshKmodel(run, { folder: dataset, faces: calibrationFaces }, context, dependencies, engine);
  return { ...fresh, bytes: (await stat(fresh.file)).size, facts: await readKmodelFacts(fresh.file) };
}

async function prepare(options: JourneyOptions, scale: Scale, { progress, signal }: CommandContext): Promise<string> {
  const { out, seed, holdOut } = options;
  const photos = options.photos ?? path.join(out, 'sample');
  const dataset = path.join(out, 'datasets', options.photos === undefined ? 'sample' : path.basename(path.resolve(options.photos)));
  if (existsSync(path.join(dataset, datasetFileName))) {
    await readDatasetRecord(dataset);
    return dataset;
  }
  if (options.photos === undefined) await generateSample({ folder: photos, ...defaultSample, progress, signal });
  await prepareDataset({
    photos, out: dataset, size: scale.imageSize, progress, signal,
    ...(seed === undefined ? {} : { seed }), ...(holdOut === undefined ? {} : { holdOut }),
  });
  return dataset;
}

function trainOptions({ epochs, seed }: JourneyOptions, { presentations, alpha, learningRate }: Scale, images: number): TrainOptions {
  const enough = Math.min(epochLimits.most, Math.max(epochLimits.least, Math.round(presentations / images)));
  return {
    epochs: epochs ?? enough,
    ...(seed === undefined ? {} : { seed }), ...(alpha === undefined ? {} : { alpha }), ...(learningRate === undefined ? {} : { learningRate }),
  };
}

async function trainOrContinue(environment: TrainingEnvironment, folder: string, options: TrainOptions, parent?: string): Promise<RunRecord> {
  if (existsSync(path.join(folder, runFiles.record))) {
    const record = await readRunRecord(folder);
    if (record.state === 'finished') return record;
    if (record.datasetFingerprint !== environment.data.fingerprint) {
      throw new UserError(`${folder} was trained on another dataset.`, 'Choose another --out folder.');
    }
    if (existsSync(path.join(folder, runFiles.checkpoints))) return finished(await resumeRun(environment, folder));
    throw new UserError(`${folder} was interrupted before its first checkpoint.`, 'Delete that folder and run the same command again.');
  }
  const recipe = await composeRecipe(options, undefined);
  return finished(await startRun(environment, { out: folder, recipe, ...(parent === undefined ? {} : { parent }) }));
}

/** A run that somebody stopped through its control file must not be built upon. */
function finished({ record }: { readonly record: RunRecord }): RunRecord {
  if (record.state === 'finished') return record;
  throw new UserError(`${record.name} was stopped before its end.`, 'Run the same command again to continue it.');
}
