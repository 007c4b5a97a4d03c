import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { commands } from '../../ids';
import { defaultModelAddress } from '../../protocol/flash-layout';
import { flashAddressText, parseFlashAddress } from '../../protocol/flash-address';
import { askItem, askPath, askSavePath, askText } from '../ask';
import type { PortEntry } from '../board/board-ports';
import { permissionFix } from '../board/port-access';
import { boardName, portDetails } from '../board/port-words';
import { findBoardFiles } from '../workspace/find-models';
import type { CommandContext } from './command-context';

/** Shows the panel that deploys a file. @param argument a file, a run, or a board of the view; asked for when absent */
export async function openDeploy(context: CommandContext, argument: unknown, fileOf: (argument: unknown) => string | undefined): Promise<void> {
  const port = portOf(argument);
  if (port !== undefined) await context.board.ports.choose(port.path);
  const file = (port === undefined ? fileOf(argument) : undefined) ?? (await pickFile(context));
  await context.deployPanels.open(file);
}

/** The port that a menu of the Board view hands over. */
export function portOf(argument: unknown): PortEntry | undefined {
  if (typeof argument !== 'object' || argument === null || !('kind' in argument) || argument.kind !== 'port' || !('entry' in argument)) return undefined;
  return argument.entry as PortEntry;
}

export async function lookForBoards({ board }: CommandContext): Promise<void> {
  await board.ports.refresh();
}

export async function askBoard(context: CommandContext, port: PortEntry | undefined): Promise<void> {
  const asked = port ?? (await pickPort(context, vscode.l10n.t('Board to ask; it is started again')));
  const identity = await context.board.ask(asked);
  const { figures } = context;
  const firmware = identity.firmware ?? (identity.firmwareEnd === undefined ? vscode.l10n.t('no firmware') : vscode.l10n.t('a firmware'));
  void vscode.window.showInformationMessage(vscode.l10n.t('The board on {0} answers as K210: flash {1}, {2}.', path.basename(asked.path), figures.binaryBytesText(identity.flashBytes), firmware));
}

/** Puts the command that gives access to a port into the clipboard. */
export async function copyFix({ board }: CommandContext, port: PortEntry | undefined): Promise<void> {
  const denied = port ?? board.ports.entries.find(({ permission }) => permission.kind === 'denied');
  const group = denied?.permission.kind === 'denied' ? denied.permission.group : undefined;
  await vscode.env.clipboard.writeText(permissionFix(group));
  void vscode.window.showInformationMessage(vscode.l10n.t('Copied: {0}. Run it in a terminal, then log out and in again.', permissionFix(group)));
}

/** Opens the monitor of a port that the user names: never of one by itself. */
export async function openMonitor(context: CommandContext, port: PortEntry | undefined): Promise<void> {
  const { path: portPath } = port ?? (await pickPort(context, vscode.l10n.t('Port to follow')));
  context.board.monitors.show(portPath);
}

/** Asks for the path of a port that no list has. */
export async function addOtherPort({ board }: CommandContext): Promise<void> {
  const { t } = vscode.l10n;
  const typed = await askText({
    title: t('Other Port'), prompt: t('Path of a serial port or pseudo-terminal, such as /dev/ttyS4, or COM7'),
    validateInput: async (text) => {
      if (text.trim() === '') return t('Type the path of a port.');
      const isThere = process.platform === 'win32' || (await stat(text.trim()).then(() => true, () => false));
      return isThere ? undefined : t('{0} does not exist.', text.trim());
    },
  });
  await board.ports.addOther(typed.trim());
  await board.ports.choose(typed.trim());
}

export async function forgetPort({ board }: CommandContext, port: PortEntry | undefined): Promise<void> {
  if (port !== undefined) await board.ports.removeOther(port.path);
}

export async function startVirtualBoard({ board }: CommandContext): Promise<void> {
  const options = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Starting the virtual board') };
  await vscode.window.withProgress(options, () => board.startVirtualBoard());
}

export async function stopVirtualBoard({ board }: CommandContext): Promise<void> {
  board.virtual.stop();
}

/** Writes a .kfpkg that other tools can flash. @param file .kmodel; asked for when absent */
export async function savePackage(context: CommandContext, file: string | undefined, address?: string): Promise<void> {
  const { t } = vscode.l10n;
  const model = file ?? (await pickFile(context, ['.kmodel']));
  if (!model.endsWith('.kmodel')) throw new UserError(t('{0} is no .kmodel.', path.basename(model)), t('Convert the model first.'));
  const place = address ?? (await askText({
    title: t('Flash address of {0}', path.basename(model)), value: flashAddressText(defaultModelAddress),
    validateInput: (text) => (parseFlashAddress(text.trim()) === undefined ? t('Give a multiple of 0x1000 below 0x1000000, such as 0x300000.') : undefined),
  }));
  const target = await askSavePath({
    title: t('Save Package'), defaultUri: vscode.Uri.file(model.replace(/\.kmodel$/u, '.kfpkg')), filters: { [t('Packages for K210 boards')]: ['kfpkg'] },
  });
  const out = target.endsWith('.kfpkg') ? target : `${target}.kfpkg`;
  await context.jobs.run(t('Saving {0}', path.basename(out)), [['kfpkg', out, `${model}@${place.trim()}`, '--overwrite']]);
  void vscode.window.showInformationMessage(t('Saved {0}. kflash_gui and this extension on another computer can write it to a board.', path.basename(out)));
}

/** What the status bar's board offers. */
export async function showBoardMenu(context: CommandContext): Promise<void> {
  const { t } = vscode.l10n;
  const items = [
    { label: `$(zap) ${t('Deploy to Board…')}`, command: commands.deploy }, { label: `$(terminal) ${t('Open Serial Monitor')}`, command: commands.openMonitor },
    { label: `$(plug) ${t('Ask Board')}`, command: commands.askBoard }, { label: `$(refresh) ${t('Look Again')}`, command: commands.lookForBoards },
  ];
  const chosen = context.board.ports.chosen;
  const entry = chosen === undefined ? undefined : context.board.ports.entry(chosen);
  const { command } = await askItem(items, { placeHolder: t('Board') });
  await vscode.commands.executeCommand(command, entry === undefined ? undefined : { kind: 'port', entry, inPair: false });
}

async function pickPort({ board }: CommandContext, placeHolder: string): Promise<PortEntry> {
  await board.ports.refresh();
  const { entries } = board.ports;
  if (entries.length === 0) throw new UserError(vscode.l10n.t('No board is plugged in.'), vscode.l10n.t('Plug one in, or try the virtual board.'));
  const items = entries.map((entry) => ({ label: boardName(entry, board.records.of(entry.key)), description: portDetails(entry, board.records.of(entry.key)), entry }));
  const picked = await askItem(items, { placeHolder });
  return picked.entry;
}

async function pickFile(context: CommandContext, endings: readonly string[] = ['.kmodel', '.kfpkg']): Promise<string> {
  const { t } = vscode.l10n;
  const found = await findBoardFiles((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath), endings);
  const runs = endings.length > 1 ? context.store.runs.filter((entry) => entry.kind === 'run').filter((entry) => entry.hasCheckpoint) : [];
  const files = found.map((file) => ({ label: `$(chip) ${path.basename(file)}`, description: vscode.workspace.asRelativePath(path.dirname(file)), file }));
  const folders = runs.map(({ folder }) => ({ label: `$(pulse) ${path.basename(folder)}`, description: t('run; its .kmodel is made first if needed'), file: folder }));
  const other = { label: `$(folder-opened) ${t('Choose a File…')}`, description: '', file: undefined };
  const picked = await askItem([...files, ...folders, other], { placeHolder: t('What goes to the board'), matchOnDescription: true });
  if (picked.file !== undefined) return picked.file;
  return askPath({ title: t('Choose a File'), filters: { [t('For K210 boards')]: ['kmodel', 'kfpkg', 'bin'] } });
}
