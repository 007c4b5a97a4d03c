import * as path from 'node:path';
import * as vscode from 'vscode';
import { CancelledError, UserError } from '../../base/user-error';
import type { DatasetEntry } from '../datasets/dataset-entries';
import { networkTitle, selectableNetworks } from '../../protocol/network-title';
import { nextRunName } from '../runs/run-names';
import type { RunEntry } from '../runs/run-entry';
import { namesIn } from '../workspace/find-artifacts';
import type { CommandContext } from './command-context';
import { ensureEngine } from './engine-commands';
import { startAndShow } from './start-training';
import { invalidEpochs, maximumEpochs, trainArguments } from './train-arguments';
import { chooseWorkspaceFolder } from './workspace-folder';

const networkKey = 'train.network';
const epochsKey = 'train.epochs';
const defaultEpochs = 20;

/**
 * Asks what to train, starts the job and shows its panel.
 * @param folder the dataset; asked for when absent and there are several
 */
export async function train(context: CommandContext, folder: string | undefined): Promise<void> {
  const dataset = await pickDataset(context, folder);
  const network = await pickNetwork(context);
  const epochs = await askEpochs(context, epochsKey, vscode.l10n.t('Epochs: how often training goes through all crops'));
  const env = await ensureEngine(context);
  const runs = path.join(await chooseWorkspaceFolder(dataset.folder), 'runs');
  const name = nextRunName(await namesIn(runs));
  const args = trainArguments({ dataset: dataset.folder, out: path.join(runs, name), epochs, start: { network } });
  await startAndShow(context, path.join(runs, name), args, env);
}

/** Goes on with a run from its last checkpoint, in its own folder. */
export async function resume(context: CommandContext, run: RunEntry): Promise<void> {
  const env = await ensureEngine(context);
  await startAndShow(context, run.folder, ['train', '--resume', run.folder], env);
}

async function pickDataset({ store, figures }: CommandContext, folder: string | undefined): Promise<DatasetEntry> {
  const all = store.datasets.filter((entry) => entry.kind === 'dataset');
  const datasets = folder === undefined ? all : all.filter((entry) => entry.folder === folder);
  const [first, ...others] = datasets;
  if (first === undefined) {
    throw new UserError(vscode.l10n.t('This workspace has no prepared dataset.'), vscode.l10n.t('Prepare a dataset or try the sample first.'));
  }
  if (others.length === 0) return first;
  const items = datasets.map((entry) => ({
    label: path.basename(entry.folder), entry,
    description: vscode.l10n.t('{0} people, {1} crops', figures.count(entry.record.identities.length), figures.count(entry.record.images)),
  }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Train'), placeHolder: vscode.l10n.t('Dataset') });
  if (picked === undefined) throw new CancelledError();
  return picked.entry;
}

async function pickNetwork({ memory }: CommandContext): Promise<string> {
  const remembered = memory.get<string>(networkKey);
  const notes: Readonly<Record<string, string>> = {
    'k210-s': vscode.l10n.t('smallest and fastest on the board'), 'k210-m': vscode.l10n.t('in between'), 'k210-full': vscode.l10n.t('most accurate on the board'),
    'paper': vscode.l10n.t('MobileFaceNet as published, for computers and phones'),
  };
  const ordered = [...selectableNetworks].sort((a, b) => Number(b === remembered) - Number(a === remembered));
  const items = ordered.map((id) => ({ label: networkTitle(id), description: notes[id] ?? '', id }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Train'), placeHolder: vscode.l10n.t('Network') });
  if (picked === undefined) throw new CancelledError();
  await memory.update(networkKey, picked.id);
  return picked.id;
}

async function askEpochs({ memory }: CommandContext, key: string, prompt: string): Promise<number> {
  const entered = await vscode.window.showInputBox({
    title: vscode.l10n.t('Train'), prompt, value: String(memory.get<number>(key, defaultEpochs)),
    validateInput: (text) => (invalidEpochs(text) === undefined ? undefined : vscode.l10n.t('Enter a whole number from 1 to {0}.', maximumEpochs)),
  });
  if (entered === undefined) throw new CancelledError();
  const epochs = Number(entered);
  await memory.update(key, epochs);
  return epochs;
}
