import * as vscode from 'vscode';
import { CancelledError } from '../../base/user-error';
import type { CommandContext } from './command-context';

export async function installEngine({ jobs, engine }: CommandContext): Promise<void> {
  await jobs.run(vscode.l10n.t('Installing the TensorFlow engine'), [['engine', 'install']]);
  await engine.check();
}

/** Runs the doctor and shows its report. */
export async function runDoctor({ jobs, log }: CommandContext): Promise<void> {
  const report = await jobs.run(vscode.l10n.t('Looking at engine, disk and folders'), [['doctor']]);
  log.info(`\n${report.trimEnd()}`);
  log.show();
}

/**
 * Makes sure that a training can start; asks before anything is downloaded.
 * @returns variables for the job
 * @throws CancelledError when the user wants neither way
 */
export async function ensureEngine(context: CommandContext): Promise<Record<string, string>> {
  if (await context.engine.check()) return {};
  const install = vscode.l10n.t('Install Engine');
  const without = vscode.l10n.t('Train Without It');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Training needs the TensorFlow engine.'),
    { modal: true, detail: vscode.l10n.t('About 190 MB are downloaded once, checked by SHA-256, and take 815 MB on disk. Without it training is about 8 times slower.') },
    install, without,
  );
  if (choice === without) return { MOBILEFACENET_ENGINE: 'wasm' };
  if (choice !== install) throw new CancelledError();
  await installEngine(context);
  return {};
}
