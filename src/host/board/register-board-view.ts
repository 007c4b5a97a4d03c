import * as vscode from 'vscode';
import { contextKeys, views } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { areas } from '../areas';
import { ContextKey } from '../context-key';
import { LazyTree } from '../lazy-tree';
import type { BoardServices } from './board-services';
import type { BoardNode, BoardTree } from './board-tree';
import { remotePlace, type RemotePlace } from './remote-hint';

/** The Board view. Ports are looked for only while it is in sight. */
export function registerBoardView(board: BoardServices, figures: Figures): vscode.Disposable {
  new ContextKey<RemotePlace>(contextKeys.boardPlace).set(remotePlace(vscode.env.remoteName));
  const hasPorts = new ContextKey(contextKeys.hasBoardPorts);
  hasPorts.set(false);
  const changes = board.ports.onDidChange(() => hasPorts.set(board.ports.entries.length > 0));
  const tree = new LazyTree<BoardNode, BoardTree>(async () => new (await areas.boardTree()).BoardTree(board, figures));
  const view = vscode.window.createTreeView(views.board, { treeDataProvider: tree });
  let watching = view.visible ? board.ports.watch() : undefined;
  const visibility = view.onDidChangeVisibility(({ visible }) => {
    watching?.dispose();
    watching = visible ? board.ports.watch() : undefined;
  });
  return vscode.Disposable.from(view, tree, changes, visibility, { dispose: () => watching?.dispose() });
}
