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
  await installEngine(context);
  return {};
}
