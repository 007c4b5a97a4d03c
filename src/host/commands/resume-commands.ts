import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import type { ResumeChoice } from '../../protocol/resume-panel';
import { rememberResumeEpochs } from '../resume/resume-epochs';
import { resumeKey, type ResumeTarget } from '../resume/resume-key';
import { forkName } from '../runs/run-names';
import { namesIn } from '../workspace/folders';
import type { CommandContext } from './command-context';
import { ensureEngine } from './engine-commands';
import { startAndShow } from './start-training';
import { trainArguments } from './train-arguments';

/** Shows the page on which a run is let go on with an ArcFace head. */
export async function openResumeWithArcface({ resumePages }: CommandContext, target: ResumeTarget): Promise<void> {
  await resumePages.open(resumeKey(target));
}

/** Forks a run: its backbone goes on with an ArcFace head, in a new run beside it. */
export async function startArcface(context: CommandContext, folder: string, choice: ResumeChoice): Promise<void> {
  const { dataset, epochs, ...start } = choice;
  if (context.store.run(folder)?.hasCheckpoint === false) {
    throw new UserError(vscode.l10n.t('{0} has no checkpoint yet.', path.basename(folder)), vscode.l10n.t('Let it train for one epoch, then try again.'));
  }
  await rememberResumeEpochs(context.memory, epochs);
  const env = await ensureEngine(context);
  const runs = path.dirname(folder);
  const out = path.join(runs, forkName(path.basename(folder), 'arcface', await namesIn(runs)));
  const args = trainArguments({ dataset, out, epochs, start: { ...start, parent: folder, head: 'arcface' } });
  await startAndShow(context, out, args, env);
}
