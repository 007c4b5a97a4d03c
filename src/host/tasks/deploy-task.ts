import * as path from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../base/user-error';
import { taskTypes } from '../../ids';
import { parseFlashAddress } from '../../protocol/flash-address';
import type { BoardServices } from '../board/board-services';
import { findBoardFiles } from '../workspace/find-models';
import type { TaskKind } from './task-kind';

const definitionSchema = z.object({
  file: z.string().min(1),
  port: z.string().min(1).optional(),
  address: z.string().optional(),
  path: z.string().optional(),
  baud: z.number().int().optional(),
});

/** `"task": "deploy"`: puts a file onto a board. */
export function deployTask(board: BoardServices): TaskKind {
  return {
    name: 'deploy',
    title: ({ file }) => vscode.l10n.t('Deploy {0}', path.basename(String(file))),
    args: async (definition) => deployTaskArguments(definition),
    suggest: async (folder) => {
      const port = board.ports.chosen;
      if (port === undefined) return [];
      const files = await findBoardFiles([folder.uri.fsPath], ['.kmodel', '.kfpkg']);
      return files.map((file) => ({ type: taskTypes.job, task: 'deploy', file: path.relative(folder.uri.fsPath, file), port }));
    },
    begin: async ({ port }) => (typeof port === 'string' ? board.monitors.lend(port, vscode.l10n.t('The port is lent to a deploy.')) : () => undefined),
  };
}

/** @throws UserError naming what is wrong */
export function deployTaskArguments(definition: vscode.TaskDefinition): string[] {
  const parsed = definitionSchema.safeParse(definition);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(vscode.l10n.t('The task "deploy" has a wrong "{0}": {1}.', issue?.path.join('.') ?? '', issue?.message ?? ''), vscode.l10n.t('Correct it in tasks.json.'));
  }
  const { file, port = 'auto', address, path: place, baud } = parsed.data;
  if (address !== undefined && parseFlashAddress(address) === undefined) {
    throw new UserError(vscode.l10n.t('The task "deploy" has the address {0}.', address), vscode.l10n.t('Give a multiple of 0x1000 below 0x1000000, such as 0x300000.'));
  }
  return [
    'deploy', file, '--port', port, ...(address === undefined ? [] : ['--address', address]), ...(place === undefined ? [] : ['--path', place]),
    ...(baud === undefined ? [] : ['--baud', String(baud)]),
  ];
}
