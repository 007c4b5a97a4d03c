import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import type { CommandContext } from '../base/command';
import { productVersion } from '../base/product';
import type { ProgressReporter } from '../base/progress';
import { CancelledError, UserError, errorText } from '../base/user-error';
import { CollectiveError } from '../engine/collective-error';
import type { Engine } from '../engine/engine';
import type { OpenEngineOptions } from '../engine/open-engine';
import { elementCount } from '../network/graph/graph-def';
import { isImageSize } from '../network/mobilefacenet';
import { writeModelFolder } from '../network/model-folder';
import type { NetworkSpec, Weight, Weights } from '../network/network-spec';
import { initialWeight, initialWeights, weightDefinitions, weightOf } from '../network/weight-definitions';
import type { RunRecord, VerificationSummary } from '../protocol/run';
import type { ClusterLeader } from './cluster/cluster-leader';
import { OrderLog, orderFolderName } from './cluster/order-log';
import type { TrainingData } from './data/training-data';
import { TrainingSession } from './graph/training-session';
import { headVariables, type HeadVariable } from './heads/head-weights';
import { readIdentities, writeIdentities } from './lineage/identity-list';
import { parseRunReference, readParentCheckpoint } from './lineage/parent-checkpoint';
import { takeOverHead, takeOverNetwork } from './lineage/take-over';
import { initialPlateau } from './learning-rate';
import { openReaders } from './plan-readers';
import { choosePrecision } from './precision';
import { successorRecipe } from './recipe/compose-recipe';
import { effectiveBatch, totalSteps, type Recipe } from './recipe/recipe';
import { checkRecipeWithData, parseRecipe } from './recipe/recipe-file';
import { readNewestCheckpoint, writeCheckpoint, type TrainingState } from './run/checkpoint';
import { checkFits } from './run/fitting-checkpoint';
import { RunFolder, readRunRecord } from './run/run-folder';
import { TensorBoardLog } from './telemetry/tensorboard-log';
import { Trainer, type TrainingOutcome } from './trainer';
import { planTraining, trainingParts, type TrainingPlan } from './training-plan';
import { validate } from './validation';

/** What a training needs from outside its stage. */
export interface TrainingEnvironment {
  readonly engine: Engine;
  readonly data: TrainingData;
  /** Verification on the data set's held-out identities; undefined when it has none. */
  verify(spec: NetworkSpec, weights: Weights): Promise<VerificationSummary | undefined>;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
  /** Leads the other ranks, when several train together. */
  readonly cluster?: ClusterLeader | undefined;
}

/** Opens engine, dataset and verification for a training on `datasetFolder`; `close` frees them. @param engine threads, and the place in a cluster */
export type OpenTrainingEnvironment = (
  datasetFolder: string, context: CommandContext, engine?: Pick<OpenEngineOptions, 'threads' | 'cluster'>,
) => Promise<TrainingEnvironment & { close(): void }>;

export interface NewRun {
  /** Folder of the new run. */
  readonly out: string;
  readonly recipe: Recipe;
  /** What an error calls the recipe, e.g. its file. */
  readonly recipeSource?: string;
  /** The run whose network continues under this recipe's head: its folder, or `folder@step`, `folder@best`. */
  readonly parent?: string;
}

/** Trains a new run, from new weights or from a parent's newest checkpoint. */
export async function startRun(environment: TrainingEnvironment, { out, recipe: wished, parent, recipeSource }: NewRun): Promise<TrainingOutcome> {
  const { data, engine, progress } = environment;
  checkData(data);
  checkRecipes(wished, trainingParts(wished, data).training.count, recipeSource ?? 'The recipe');
  const { cluster } = environment;
  const { precision, reason } = await choosePrecision(engine, wished.precision);
  if (wished.precision !== 'float32') progress.report({ label: reason, done: 0, unit: 'steps' });
  const recipe: Recipe = { ...wished, precision };
  const plan = planTraining(recipe, data, cluster?.nextRun());
  const origin = parent === undefined ? undefined : await readParent(parent, plan, data);
  const values = newValues(plan, origin?.network ?? initialWeights(plan.spec, recipe.seed));
  const takenOver = origin && { networkWeights: origin.network.size, ...takeOverHead(origin.values, origin, { head: recipe.head.kind, identities: data.identities }, headVariablesOf(plan), values) };
  const firstStep = origin?.step ?? 0;
  const stepsPerEpoch = plan.sampler.epochLength / effectiveBatch(plan.recipe);
  const folder = path.resolve(out);
  const record: RunRecord = {
    format: 1, toolVersion: productVersion, name: path.basename(folder), createdAt: new Date().toISOString(), state: 'waiting',
    network: recipe.network, head: recipe.head.kind, dataset: data.folder, datasetFingerprint: data.fingerprint,
    identities: data.identities.length, images: plan.parts.training.count, ...(plan.parts.validation ? { validationImages: plan.parts.validation.count } : {}),
    heldOutIdentities: data.heldOutIdentities, imageSize: data.imageSize, ...(cluster ? { ranks: cluster.seat.ranks } : {}),
    ...(origin ? { parent: { run: path.relative(folder, path.resolve(origin.folder)), name: origin.name, step: origin.step, head: origin.head } } : {}),
    ...(takenOver ? { takenOver } : {}),
    firstStep, lastStep: firstStep + totalSteps(recipe, stepsPerEpoch), stepsPerEpoch: Math.ceil(stepsPerEpoch),
    engine: engine.description.title, machine: { platform: `${process.platform}-${process.arch}`, cores: availableParallelism(), memoryBytes: totalmem() },
    recipe,
  };
  const run = await RunFolder.create(folder, record);
  await writeIdentities(folder, data.identities);
  const state: TrainingState = {
    step: firstStep, update: 0, position: 0, seed: recipe.seed, plateau: initialPlateau, epochLoss: { sum: 0, steps: 0 }, startLoss: { sum: 0, steps: 0 }, bestScore: null,
    earlyStopping: null, smoothedLosses: [], epochEnds: false,
  };
  return work(environment, run, plan, state, values, false);
}

/** Continues a run from its newest checkpoint: same weights, optimizer and data order as if it had not been interrupted. */
export async function resumeRun(environment: TrainingEnvironment, folder: string): Promise<TrainingOutcome> {
  const { data } = environment;
  const record = await readRunRecord(folder);
  if (record.datasetFingerprint !== data.fingerprint) {
    throw new UserError(`${data.folder} is not the dataset that ${record.name} was trained on.`, 'Restore that dataset, or start a new run with `train --from`.');
  }
  const recipe = parseRecipe(record.recipe, path.join(folder, 'run.json'));
  const plan = planTraining(recipe, data, environment.cluster?.nextRun());
  const checkpoint = await readNewestCheckpoint(folder);
  if (record.state === 'finished' && checkpoint.state.step >= record.lastStep) {
    throw new UserError(`${record.name} has already finished its ${record.lastStep - record.firstStep} steps.`, 'Start a new run from it with `train --from`.');
  }
  checkFits(checkpoint.values, plan.graph.variables, record.name);
  const run = await RunFolder.open(path.resolve(folder));
  await run.update({ ranks: environment.cluster?.seat.ranks });
  return work(environment, run, plan, checkpoint.state, checkpoint.values, true);
}

/** Also of the run that will follow: its mistakes are not to come out after hours. */
function checkRecipes(recipe: Recipe, images: number, source: string): void {
  checkRecipeWithData(recipe, images, source);
  if (recipe.switchHead) checkRecipeWithData(successorRecipe(recipe, source), images, `${source}, switchHead.to`);
}

function checkData(data: TrainingData): void {
  if (data.identities.length < 2) {
    throw new UserError(`${data.folder} has ${data.identities.length === 0 ? 'no person' : 'only one person'} to train on.`, 'Add photos of at least two people, or hold out fewer.');
  }
  if (!isImageSize(data.imageSize)) {
    throw new UserError(`${data.folder} has pictures of ${data.imageSize} pixels; the networks take a multiple of 16 from 64.`, 'Prepare it again with --size 112.');
  }
}

interface Parent {
  readonly folder: string;
  readonly name: string;
  readonly step: number;
  readonly head: RunRecord['head'];
  readonly identities: readonly string[] | undefined;
  readonly values: Weights;
  readonly network: Map<string, Weight>;
}

async function readParent(reference: string, plan: TrainingPlan, data: TrainingData): Promise<Parent> {
  const { run: folder, point } = parseRunReference(reference);
  const record = await readRunRecord(folder);
  const { step, values } = await readParentCheckpoint(folder, point);
  const remedy = `Train with --network ${record.network}, images of ${record.imageSize} pixels, and the alpha, activation and embedding length of that run.`;
  const network = takeOverNetwork(values, plan.spec, record.name, remedy);
  const known = await readIdentities(folder);
  // A run of an older version wrote no names, but on the same dataset they are the same.
  const identities = known ?? (record.datasetFingerprint === data.fingerprint ? data.identities : undefined);
  return { folder, name: record.name, step, head: record.head, identities, values, network };
}

function headVariablesOf({ spec, head, identities, graph }: TrainingPlan): HeadVariable[] {
  return headVariables(head, { embeddingLength: spec.embeddingLength, identities, sampled: graph.sampled });
}

/** Network weights as given, a new head, and empty optimizer slots. */
function newValues(plan: TrainingPlan, network: Weights): Map<string, Weight> {
  const values = new Map(network);
  for (const variable of headVariablesOf(plan)) values.set(variable.name, initialWeight(variable, plan.recipe.seed));
  const slots = new Set(plan.graph.slotNames);
  for (const { name, shape } of plan.graph.variables) {
    if (slots.has(name)) values.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  }
  for (const [name, average] of plan.graph.averages) values.set(average, weightOf(values, name));
  return values;
}

async function work(
  environment: TrainingEnvironment, run: RunFolder, plan: TrainingPlan, state: TrainingState, values: Weights, resumed: boolean,
): Promise<TrainingOutcome> {
  const { engine, data, verify, progress, signal, cluster } = environment;
  const { recipe, spec, graph, part, parts } = plan;
  let board: TensorBoardLog | undefined;
  let session: TrainingSession | undefined;
  let trainer: Trainer | undefined;
  try {
    // Whatever happens from here on, there is something to resume from.
    if (!resumed) await writeCheckpoint(run.folder, state, values, recipe.keepCheckpoints);
    board = TensorBoardLog.open(run, graph.graph);
    run.append({ kind: 'start', step: state.step, timeMs: Date.now(), head: recipe.head.kind, resumed });
    session = new TrainingSession(engine, graph, { batch: part.count, imageSize: data.imageSize }, plan.betas);
    await session.assign(values);
    const { training: reader, validation: validationReader } = openReaders(plan, engine, state.seed);
    const orderFolder = cluster?.recordsOrder ? path.join(run.folder, orderFolderName) : undefined;
    await cluster?.start({
      engine: engine.description.title, datasetFingerprint: data.fingerprint, recipe, seed: state.seed, values, position: state.position,
      end: state.position + (run.record.lastStep - state.step) * effectiveBatch(recipe), ...(orderFolder === undefined ? {} : { orderFolder }),
    });
    const validation = validationReader && parts.validation && {
      session, reader: validationReader, batch: graph.labelled, seed: recipe.validationSeed ?? recipe.seed, images: parts.validation.count,
      ...(cluster && plan.shard ? { together: { cluster, part } } : {}),
    };
    trainer = new Trainer({
      run, recipe, reader, session, state, progress, signal, cluster, part, orderLog: orderFolder === undefined ? undefined : new OrderLog(orderFolder, 0, reader),
      verify: (weights) => verify(spec, weights),
      validate: validation && ((margin) => validate(validation, margin, signal)),
      saveModel: (relativeFolder, weights, at, verification) =>
        writeModelFolder(path.join(run.folder, relativeFolder), spec, networkWeights(spec, weights), {
          title: `${run.record.name}, step ${at.step}`,
          ...(data.template !== undefined && { template: data.template }),
          trained: { run: run.record.name, step: at.step, head: recipe.head.kind },
          ...(verification ? { threshold: verification.threshold } : {}),
        }),
    });
    const outcome = await trainer.train();
    await cluster?.end();
    return outcome;
  } catch (error) {
    // A run whose cluster broke goes on from its checkpoint.
    if (!(error instanceof CancelledError || error instanceof CollectiveError)) await recordFailure(run, trainer?.step ?? state.step, error);
    throw error;
  } finally {
    session?.close();
    board?.close();
    await run.close();
  }
}

async function recordFailure(run: RunFolder, step: number, error: unknown): Promise<void> {
  const failure = errorText(error);
  try {
    await run.update({ state: 'failed', failure });
    run.append({ kind: 'state', step, timeMs: Date.now(), state: 'failed', message: failure });
  } catch {
    // A full disk is the likely reason for both failures; the first one is reported.
  }
}

function networkWeights(spec: NetworkSpec, weights: Weights): Map<string, Weight> {
  return new Map(weightDefinitions(spec).map(({ name }) => [name, weightOf(weights, name)]));
}
