import { stat } from 'node:fs/promises';
import path from 'node:path';
import { freeDiskBytes } from '../../base/atomic-file';
import { datasetFileName } from '../../dataset/artifact-names';
import { createNetwork } from '../../network/mobilefacenet';
import { weightDefinitions } from '../../network/weight-definitions';
import { elementCount } from '../../network/graph/graph-def';
import type { RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import type { RunHistory } from '../../protocol/run-history';
import type { ResumeCheckpoint, ResumeChoice, ResumeDataset, ResumeOffer, ResumePoint } from '../../protocol/resume-panel';
import { warmUpPreset } from '../../protocol/resume-plan';
import { adaCosScale } from '../../training/heads/arcface';
import { marginOf } from '../../training/heads/head-settings';
import { readIdentities } from '../../training/lineage/identity-list';
import { defaultRecipe } from '../../training/recipe/presets';
import { recipeSchema, type Recipe } from '../../training/recipe/recipe';
import { checkpointSteps } from '../../training/run/checkpoint';
import type { BrokenDatasetEntry, DatasetEntry } from '../datasets/dataset-entries';
import { readDataset } from '../datasets/read-dataset';
import { forkName } from '../runs/run-names';
import { isAtWork, type BrokenRunEntry, type RunEntry } from '../runs/run-entry';
import { namesIn } from '../workspace/folders';
import { resumeKey, type ResumeTarget } from './resume-key';

export interface OfferSource {
  readonly record: RunRecord;
  readonly history: RunHistory;
  readonly datasets: readonly (DatasetEntry | BrokenDatasetEntry)[];
  readonly runs: readonly (RunEntry | BrokenRunEntry)[];
  /** What the user chose the last time. */
  readonly epochs: number;
  readonly isWaiting: boolean;
  readonly locked: string | undefined;
}

/** What a run can be resumed with, as its folder, the datasets and the disk are now. */
export class ResumeOffers {
  private weights: number | undefined;
  private identities: readonly string[] | undefined;
  private ownDataset: { readonly version: string; readonly entry: DatasetEntry | BrokenDatasetEntry } | undefined;

  constructor(private readonly target: ResumeTarget) {}

  async make(source: OfferSource): Promise<ResumeOffer> {
    const { record, history } = source;
    const { folder } = this.target;
    const recipe = recipeSchema.safeParse(record.recipe).data;
    const checkpoints = await findCheckpoints(folder, history);
    const datasets = await this.findDatasets(source);
    const preset = arcfacePreset(source.epochs);
    const runs = path.dirname(folder);
    const [checkpointBytes, freeBytes] = [await newestCheckpointBytes(folder, checkpoints), await freeDiskBytes(runs).catch(() => undefined)];
    const imagesPerSecond = history.recentMean('imagesPerSecond', 100);
    // They follow from the recipe, which a run keeps.
    this.weights ??= countWeights(recipe, record);
    return {
      key: resumeKey(this.target), name: path.basename(folder),
      newName: forkName(path.basename(folder), 'arcface', await namesIn(runs)),
      network: record.network, head: record.head, imageSize: record.imageSize, identities: record.identities,
      ...(this.weights === undefined ? {} : { weights: this.weights }),
      embeddingLength: recipe?.embeddingLength ?? 128, batch: recipe?.batch ?? 16, seed: recipe?.seed ?? 1,
      checkpoints, verifications: history.evaluations.map(({ step, summary }) => ({ step, accuracy: summary.accuracy })),
      datasets,
      defaults: {
        ...preset.choice,
        point: checkpoints.find(({ point, step }) => point === this.target.point || step === this.target.point)?.point ?? checkpoints[0]?.point ?? 'last',
        dataset: datasets[0]?.folder ?? '',
      },
      recommendedWarmUp: preset.warmUp, keptCheckpoints: recipe?.keepCheckpoints ?? 3,
      ...(imagesPerSecond === undefined ? {} : { imagesPerSecond }),
      ...(checkpointBytes === undefined ? {} : { checkpointBytes }),
      ...(freeBytes === undefined ? {} : { freeBytes }),
      active: source.runs.flatMap((run) => (isAtWork(run) ? [path.basename(run.folder)] : [])),
      isWaiting: source.isWaiting,
      ...(source.locked === undefined ? {} : { locked: source.locked }),
    };
  }

  /** The run's own dataset first, wherever it lies; then those of the workspace. */
  private async findDatasets({ record, datasets }: OfferSource): Promise<ResumeDataset[]> {
    // The job writes them as it starts, once.
    this.identities ??= await readIdentities(this.target.folder).catch(() => undefined);
    const known = this.identities ?? [];
    const others = datasets.filter((entry) => entry.folder !== record.dataset);
    return [await this.readOwnDataset(record.dataset), ...others].flatMap((entry) => (entry.kind === 'dataset' ? [datasetView(entry, record, known)] : [])).filter(({ people }) => people >= 2);
  }

  /** Read again only when it was written anew: its names may be many. */
  private async readOwnDataset(folder: string): Promise<DatasetEntry | BrokenDatasetEntry> {
    const version = await stat(path.join(folder, datasetFileName)).then(({ mtimeMs, size }) => `${mtimeMs} ${size}`, () => 'none');
    if (this.ownDataset?.version !== version) this.ownDataset = { version, entry: await readDataset(folder) };
    return this.ownDataset.entry;
  }
}

function datasetView({ folder, record: dataset }: DatasetEntry, record: RunRecord, known: readonly string[]): ResumeDataset {
  const trained = dataset.identities.filter(({ heldOut }) => !heldOut);
  const names = new Set(trained.map(({ name }) => name));
  const before = new Set(known);
  const difference = { added: [...names].filter((name) => !before.has(name)), gone: known.filter((name) => !names.has(name)) };
  const images = trained.reduce((sum, identity) => sum + identity.images, 0);
  const isOwn = folder === record.dataset;
  return {
    folder, name: path.basename(folder), people: trained.length, images: isOwn && dataset.fingerprint === record.datasetFingerprint ? record.images : images,
    isOwn, hasChanged: isOwn && dataset.fingerprint !== record.datasetFingerprint,
    ...(known.length === 0 ? {} : { difference }),
    adacosScale: adaCosScale(Math.max(3, trained.length)), imageSize: dataset.imageSize,
  };
}

/** The default recipe after a softmax run. */
function arcfacePreset(epochs: number): { readonly choice: Omit<ResumeChoice, 'point' | 'dataset'>; readonly warmUp: number } {
  const { head, learningRate } = recipeSchema.parse(defaultRecipe('arcface'));
  const { margin, marginWarmUpEpochs } = marginOf(head);
  return {
    warmUp: marginWarmUpEpochs,
    choice: { epochs, learningRate: learningRate.initial, margin, warmUpEpochs: warmUpPreset(marginWarmUpEpochs, epochs), scale: head.kind === 'softmax' ? 'adacos' : head.scale },
  };
}

/** The best model, the newest checkpoint, then the others; the same step is named once. */
async function findCheckpoints(folder: string, history: RunHistory): Promise<ResumeCheckpoint[]> {
  const accuracies = new Map(history.evaluations.map(({ step, summary }) => [step, summary.accuracy]));
  const checkpoint = (point: ResumePoint, step: number): ResumeCheckpoint => {
    const accuracy = accuracies.get(step);
    return { point, step, ...(accuracy === undefined ? {} : { accuracy }) };
  };
  const best = history.evaluations.filter((event) => event.best).at(-1);
  const hasBest = best !== undefined && (await exists(path.join(folder, runFiles.bestModel)));
  const [newest, ...others] = (await checkpointSteps(folder)).reverse();
  const rest = others.filter((step) => !hasBest || step !== best.step);
  return [
    ...(hasBest ? [checkpoint('best', best.step)] : []),
    ...(newest === undefined || (hasBest && newest === best.step) ? [] : [checkpoint('last', newest)]),
    ...rest.map((step) => checkpoint(step, step)),
  ];
}

function countWeights(recipe: Recipe | undefined, { imageSize }: RunRecord): number | undefined {
  if (recipe === undefined) return undefined;
  const { network, alpha, embeddingLength, activation, negativeSlope, dropout } = recipe;
  const options = { imageSize, alpha, embeddingLength, ...(activation === undefined ? {} : { activation }), ...(negativeSlope === undefined ? {} : { negativeSlope }), ...(dropout === undefined ? {} : { dropout }) };
  return weightDefinitions(createNetwork(network, options)).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

async function newestCheckpointBytes(folder: string, checkpoints: readonly ResumeCheckpoint[]): Promise<number | undefined> {
  const newest = checkpoints.reduce((highest, { step }) => Math.max(highest, step), -1);
  return stat(path.join(folder, runFiles.checkpoints, String(newest), 'state.safetensors')).then(({ size }) => size, () => undefined);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}
