import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import type { DeployActionName, DeployRequest } from '../../protocol/deploy-panel';
import { askPhotos, confirm } from '../ask';
import { reportOf } from '../deploy/deploy-report';
import { slowerRate } from '../deploy/error-view';
import type { DeploySession } from '../deploy/deploy-session';
import { addOtherPort, copyFix, lookForBoards, openMonitor, savePackage, startVirtualBoard } from './board-commands';
import type { CommandContext } from './command-context';

/** Does what a deploy page asks for. */
export async function performDeployRequest(context: CommandContext, request: DeployRequest, session: DeploySession): Promise<void> {
  switch (request.name) {
    case 'action': return performAction(context, request.params.name, session);
    case 'target': {
      const { kind, place, withProgram } = request.params;
      const field = (kind ?? session.target.kind) === 'file' ? 'path' : 'address';
      return session.setTarget({ ...(kind === undefined ? {} : { kind }), ...(place === undefined ? {} : { [field]: place }), ...(withProgram === undefined ? {} : { withProgram }) });
    }
    case 'align':
      return session.setPhoto(session.photo?.file, request.params.align);
    case 'port': {
      const port = context.board.ports.entry(request.params.path);
      if (port === undefined) throw new UserError(vscode.l10n.t('{0} is no longer there.', request.params.path), vscode.l10n.t('Look again.'));
      switch (request.params.do) {
        case 'choose': return context.board.ports.choose(port.path);
        case 'copy-fix': return copyFix(context, port);
        case 'ask': return ask(context, session, port.path);
      }
    }
  }
}

async function performAction(context: CommandContext, name: DeployActionName, session: DeploySession): Promise<void> {
  switch (name) {
    // A deploy outlasts the page's patience; how it ends shows in its session.
    case 'deploy': case 'again': return void session.deploy();
    case 'again-slower': return void session.deploy(session.phase.kind === 'failed' ? slowerRate(session.phase.failure) : undefined);
    case 'cancel': return cancel(session);
    case 'change': return session.reset();
    case 'look-again': return lookForBoards(context);
    case 'other-port': return addOtherPort(context);
    case 'virtual-board': return startVirtualBoard(context);
    case 'copy-report': return copyReport(session);
    case 'save-package': return savePackage(context, session.source.path, session.target.address);
    case 'monitor': return openMonitor(context, session.port);
    case 'choose-photo': return choosePhoto(session);
    case 'clear-photo': return session.setPhoto(undefined);
    case 'check-photo': return void session.checkPhoto();
  }
}

async function ask(context: CommandContext, session: DeploySession, portPath: string): Promise<void> {
  const port = context.board.ports.entry(portPath);
  if (port === undefined || session.asking !== undefined) return;
  session.asking = portPath;
  try {
    await context.board.ask(port);
  } finally {
    session.asking = undefined;
    await context.board.ports.choose(portPath);
  }
}

/** While something is being written it is asked once: the old content is gone by then. */
async function cancel(session: DeploySession): Promise<void> {
  if (session.progress.current === 'upload' && session.progress.sentBytes > 0) {
    const detail = vscode.l10n.t('What was at this place is gone already. The next deploy goes on where this one stops.');
    await confirm(vscode.l10n.t('Stop writing {0} to the board?', session.source.name), detail, vscode.l10n.t('Stop Writing'));
  }
  session.cancel();
}

/** Puts what a helper needs to know into the clipboard. @throws UserError when nothing has failed */
export async function copyReport(session: DeploySession | undefined): Promise<void> {
  const report = session && reportOf(session);
  if (report === undefined) throw new UserError(vscode.l10n.t('No deploy has failed in this window.'), vscode.l10n.t('A report is made when one does.'));
  await vscode.env.clipboard.writeText(report);
  vscode.window.setStatusBarMessage(`$(copy) ${vscode.l10n.t('Report copied')}`, 3000);
}

async function choosePhoto(session: DeploySession): Promise<void> {
  const [photo] = await askPhotos({ title: vscode.l10n.t('Photo to compare with'), defaultUri: vscode.Uri.file(path.dirname(session.source.path)) });
  session.setPhoto(photo);
  if (session.mayCheckPhoto) void session.checkPhoto();
}
