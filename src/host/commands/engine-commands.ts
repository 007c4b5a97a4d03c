import * as vscode from 'vscode';
import { CancelledError } from '../../base/user-error';
import { settings } from '../../ids';
import { askItem, askPath, confirm } from '../ask';
import type { CommandContext } from './command-context';

type EngineSource = 'download' | 'file' | 'folder';

/** Asks where the engine shall come from, with what that costs, and installs it. */
export async function installEngine(context: CommandContext): Promise<void> {
  const source = await pickSource();
  if (source === 'folder') await useFolder(context);
  else await runInstallation(context, source === 'file' ? ['--from-file', await pickFile()] : []);
}

/** Removes what `installEngine` has put on this machine. */
export async function removeEngine({ jobs, engine }: CommandContext): Promise<void> {
  const detail = vscode.l10n.t('About 850 MB of disk are freed. Datasets, runs and models stay; training asks for the engine again.');
  await confirm(vscode.l10n.t('Remove the TensorFlow engine from this machine?'), detail, vscode.l10n.t('Remove Engine'));
  await jobs.run(vscode.l10n.t('Removing the TensorFlow engine'), [['engine', 'remove']]);
  await engine.check();
}

/** Runs the doctor and shows its report. */
export async function runDoctor({ jobs, documents }: CommandContext): Promise<void> {
  const report = await jobs.run(vscode.l10n.t('Looking at engine, disk and folders'), [['doctor']]);
  await documents.show(vscode.l10n.t('Doctor.txt'), report);
}

/**
 * Makes sure that a job can start that computes with a network; asks before anything is downloaded.
 * @param use a training, or a network that only runs
 * @returns variables for the job
 * @throws CancelledError when the user wants neither way
 */
export async function ensureEngine(context: CommandContext, use: 'training' | 'running' = 'training'): Promise<Record<string, string>> {
  if (await context.engine.check()) return {};
  const { t } = vscode.l10n;
  const install = t('Install Engine');
  const without = use === 'training' ? t('Train Without It') : t('Go On Without It');
  const choice = await vscode.window.showInformationMessage(
    use === 'training' ? t('Training needs the TensorFlow engine.') : t('Running a model needs the TensorFlow engine.'),
    { modal: true, detail: t('About 190 MB are downloaded once, checked by SHA-256, and take 815 MB on disk. Without it training is about 8 times slower.') },
    install, without,
  );
  if (choice === without) return { MOBILEFACENET_ENGINE: 'wasm' };
  if (choice !== install) throw new CancelledError();
  await runInstallation(context, []);
  return {};
}

async function runInstallation({ jobs, engine }: CommandContext, args: readonly string[]): Promise<void> {
  await jobs.run(vscode.l10n.t('Installing the TensorFlow engine'), [['engine', 'install', ...args]]);
  await engine.check();
}

async function pickSource(): Promise<EngineSource> {
  const items: (vscode.QuickPickItem & { source: EngineSource })[] = [
    { source: 'download', label: vscode.l10n.t('Download and Install'), description: vscode.l10n.t('about 190 MB once, 815 MB on disk'), detail: vscode.l10n.t('TensorFlow’s C library, checked by SHA-256. Nothing else is sent or fetched.') },
    { source: 'file', label: vscode.l10n.t('Install from a File…'), description: vscode.l10n.t('no network needed'), detail: vscode.l10n.t('A TensorFlow wheel (.whl) or C library archive (.tar.gz) that you have fetched on another machine.') },
    { source: 'folder', label: vscode.l10n.t('Use a Folder…'), description: vscode.l10n.t('nothing is copied'), detail: vscode.l10n.t('A folder with TensorFlow’s shared libraries, for example one with GPU support.') },
  ];
  const picked = await askItem(items, { title: vscode.l10n.t('Install the TensorFlow Engine') });
  return picked.source;
}

async function pickFile(): Promise<string> {
  const file = await askPath({
    title: vscode.l10n.t('TensorFlow wheel or C library archive'), openLabel: vscode.l10n.t('Install'),
    filters: { [vscode.l10n.t('Wheel or archive')]: ['whl', 'gz', 'tgz', 'zip'] },
  });
  return file;
}

async function useFolder({ engine }: CommandContext): Promise<void> {
  const folder = await askPath({
    title: vscode.l10n.t('Folder with TensorFlow’s shared libraries'), openLabel: vscode.l10n.t('Use Folder'), canSelectFolders: true, canSelectFiles: false,
  });
  await vscode.workspace.getConfiguration().update(settings.engineLibraryPath, folder, vscode.ConfigurationTarget.Global);
  await engine.check();
}
