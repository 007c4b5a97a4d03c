import * as path from 'node:path';
import * as vscode from 'vscode';
import { taskTypes } from '../../ids';
import { nextRunName } from '../runs/run-names';
import type { ArtifactStore } from '../workspace/artifact-store';
import { namesIn } from '../workspace/folders';
import { taskArguments, type JobTaskDefinition } from './job-task-definition';
import type { TaskKind } from './task-kind';

type Artifacts = Pick<ArtifactStore, 'datasets' | 'photoFolders'>;

/** `"task": "prepare"`: makes a dataset of photos. */
export function prepareTask(store: Artifacts): TaskKind {
  return {
    name: 'prepare',
    title: titleOf,
    args: async (definition) => {
      const job = definition as vscode.TaskDefinition & JobTaskDefinition;
      return taskArguments(job, path.join('datasets', path.basename(job.photos ?? 'photos')));
    },
    suggest: async (folder) => ownedBy(folder, store.photoFolders).map((photos) => ({ type: taskTypes.job, task: 'prepare', photos })),
  };
}

/** `"task": "train"`: trains with a dataset, in a new run. */
export function trainTask(store: Artifacts): TaskKind {
  return {
    name: 'train',
    title: titleOf,
    args: async (definition, folder) => {
      const taken = folder === undefined ? [] : await namesIn(path.join(folder.uri.fsPath, 'runs'));
      return taskArguments(definition as vscode.TaskDefinition & JobTaskDefinition, path.join('runs', nextRunName(taken)));
    },
    suggest: async (folder) => {
      const datasets = store.datasets.filter(({ kind }) => kind === 'dataset');
      return ownedBy(folder, datasets).map((dataset) => ({ type: taskTypes.job, task: 'train', dataset }));
    },
  };
}

function titleOf({ task, dataset, from, photos }: vscode.TaskDefinition): string {
  return `${task} ${dataset ?? from ?? photos ?? ''}`.trim();
}

/** Paths of artifacts relative to the folder that holds them; the first folder is offered those outside of all. */
function ownedBy(folder: vscode.WorkspaceFolder, artifacts: readonly { readonly folder: string }[]): string[] {
  const first = vscode.workspace.workspaceFolders?.[0];
  const own = artifacts.filter((artifact) => (vscode.workspace.getWorkspaceFolder(vscode.Uri.file(artifact.folder)) ?? first)?.index === folder.index);
  return own.map((artifact) => vscode.workspace.asRelativePath(artifact.folder, false));
}
