import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { networkTitle, selectableNetworks } from '../../protocol/network-title';
import { presetNames, presets } from '../../training/recipe/presets';
import type { DatasetEntry } from '../datasets/dataset-entries';
import { findDocuments } from '../workspace/find-documents';
import type { CommandContext } from './command-context';
import { inputStep, pickStep, type Step, type StepPlace } from './multi-step';
import { recipeEnding } from './recipe-document';
import { invalidEpochs, maximumEpochs } from './train-arguments';

/** What is known of a training that is being asked for. */
export interface TrainChoice {
  readonly dataset?: DatasetEntry;
  readonly network?: string;
  /** Preset or file; `newRecipe` when the user wants to write one. */
  readonly recipe?: string | typeof newRecipe;
  /** Absent: as long as the recipe says. */
  readonly epochs?: number;
}

export const newRecipe = Symbol('new recipe');
const memoryKeys = { network: 'train.network', recipe: 'train.recipe', epochs: 'train.epochs' } as const;
const defaultEpochs = 20;

/** Questions that the choice does not answer yet. */
export function trainSteps(context: CommandContext, known: TrainChoice, datasets: readonly DatasetEntry[]): Step<TrainChoice>[] {
  return [
    ...(known.dataset === undefined ? [datasetStep(context, datasets)] : []),
    networkStep(context),
    ...(known.recipe === undefined ? [recipeStep(context)] : []),
    epochsStep(context),
  ];
}

/** @throws UserError when there is no dataset */
export function offeredDatasets({ store }: CommandContext, folder: string | undefined): DatasetEntry[] {
  const all = store.datasets.filter((entry) => entry.kind === 'dataset');
  const datasets = folder === undefined ? all : all.filter((entry) => entry.folder === folder);
  if (datasets.length > 0) return datasets;
  throw new UserError(vscode.l10n.t('This workspace has no prepared dataset.'), vscode.l10n.t('Prepare a dataset or try the sample first.'));
}

function titled(place: Omit<StepPlace, 'title'>): StepPlace {
  return { ...place, title: vscode.l10n.t('Train') };
}

function datasetStep({ figures }: CommandContext, datasets: readonly DatasetEntry[]): Step<TrainChoice> {
  return async (state, place) => {
    const items = datasets.map((entry) => ({
      label: path.basename(entry.folder), entry,
      description: vscode.l10n.t('{0} people, {1} crops', figures.count(entry.record.identities.length), figures.count(entry.record.images)),
    }));
    const outcome = await pickStep(titled(place), { placeholder: vscode.l10n.t('Dataset'), items });
    return outcome === 'back' ? outcome : { ...state, dataset: outcome.answer.entry };
  };
}

function networkStep({ memory }: CommandContext): Step<TrainChoice> {
  const notes: Readonly<Record<string, string>> = {
    'k210-s': vscode.l10n.t('smallest and fastest on the board'), 'k210-m': vscode.l10n.t('in between'), 'k210-full': vscode.l10n.t('most accurate on the board'),
    'paper': vscode.l10n.t('MobileFaceNet as published, for computers and phones'),
  };
  return async (state, place) => {
    const items = selectableNetworks.map((id) => ({ label: networkTitle(id), description: notes[id] ?? '', id }));
    const active = items.find(({ id }) => id === memory.get(memoryKeys.network));
    const outcome = await pickStep(titled(place), { placeholder: vscode.l10n.t('Network'), items, active });
    if (outcome === 'back') return outcome;
    await memory.update(memoryKeys.network, outcome.answer.id);
    return { ...state, network: outcome.answer.id };
  };
}

interface RecipeItem extends vscode.QuickPickItem {
  readonly recipe?: string | typeof newRecipe;
}

function recipeStep({ memory }: CommandContext): Step<TrainChoice> {
  return async (state, place) => {
    const files = await findDocuments((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath), (name) => name.endsWith(recipeEnding));
    const separator = (label: string): RecipeItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const items: RecipeItem[] = [
      ...presetNames.map((name) => ({ label: name, description: presets[name].title, recipe: name })),
      ...(files.length === 0 ? [] : [separator(vscode.l10n.t('of this workspace'))]),
      ...files.map((file) => ({ label: path.basename(file), description: vscode.workspace.asRelativePath(path.dirname(file)), recipe: file })),
      separator(''),
      { label: vscode.l10n.t('Edit Recipe…'), description: vscode.l10n.t('write a file with settings of your own'), recipe: newRecipe },
    ];
    const active = items.find(({ recipe }) => recipe !== undefined && recipe === memory.get(memoryKeys.recipe));
    const outcome = await pickStep(titled(place), { placeholder: vscode.l10n.t('Recipe: how it is trained'), items, active });
    if (outcome === 'back') return outcome;
    const { recipe } = outcome.answer;
    if (typeof recipe === 'string') await memory.update(memoryKeys.recipe, recipe);
    return recipe === undefined ? state : { ...state, recipe };
  };
}

/** Nothing entered means the recipe's own length. */
function epochsStep({ memory }: CommandContext): Step<TrainChoice> {
  return async (state, place) => {
    const isDefault = state.recipe === undefined || state.recipe === 'softmax' || state.recipe === newRecipe;
    const outcome = await inputStep(titled(place), {
      prompt: vscode.l10n.t('Epochs: how often training goes through all crops. Leave it empty for the length of the recipe.'),
      value: isDefault ? String(memory.get<number>(memoryKeys.epochs, defaultEpochs)) : '',
      validate: (text) => (text.trim() === '' || invalidEpochs(text) === undefined ? undefined : vscode.l10n.t('Enter a whole number from 1 to {0}, or nothing.', maximumEpochs)),
    });
    if (outcome === 'back') return outcome;
    if (outcome.answer.trim() === '') return state;
    const epochs = Number(outcome.answer);
    if (isDefault) await memory.update(memoryKeys.epochs, epochs);
    return { ...state, epochs };
  };
}
