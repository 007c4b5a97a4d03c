import * as path from 'node:path';
import * as vscode from 'vscode';
import { taskTypes } from '../../ids';
import type { EngineState } from '../engine/engine-state';
import { nextRunName } from '../runs/run-names';
import type { ArtifactStore } from '../workspace/artifact-store';
import { namesIn } from '../workspace/find-artifacts';
import { taskArguments, type JobTaskDefinition } from './job-task-definition';

const source = 'MobileFaceNet';

/** Offers preparing and training as tasks, for tasks.json and for "Run Task"; they run in a terminal. */
export class JobTaskProvider implements vscode.TaskProvider {
  constructor(private readonly cliPath: string, private readonly store: Pick<ArtifactStore, 'datasets' | 'photoFolders'>, private readonly engine: Pick<EngineState, 'environment'>) {}

  async provideTasks(): Promise<vscode.Task[]> {
    const relative = (folder: string): string => vscode.workspace.asRelativePath(folder, false);
    const definitions: JobTaskDefinition[] = [
      ...this.store.photoFolders.map(({ folder }) => ({ task: 'prepare' as const, photos: relative(folder) })),
      ...this.store.datasets.filter(({ kind }) => kind === 'dataset').map(({ folder }) => ({ task: 'train' as const, dataset: relative(folder) })),
    ];
    const tasks = await Promise.all(definitions.map((definition) => this.taskOf({ type: taskTypes.job, ...definition }, firstFolder())));
    return tasks.filter((task) => task !== undefined);
  }

  /** Fills in a task that tasks.json describes. */
  resolveTask(task: vscode.Task): Promise<vscode.Task | undefined> {
    const scope = typeof task.scope === 'object' && 'uri' in task.scope ? task.scope : firstFolder();
    return this.taskOf(task.definition as vscode.TaskDefinition & JobTaskDefinition, scope);
  }

  private async taskOf(definition: vscode.TaskDefinition & JobTaskDefinition, folder: vscode.WorkspaceFolder | undefined): Promise<vscode.Task | undefined> {
    if (folder === undefined || (definition.task !== 'train' && definition.task !== 'prepare')) return undefined;
    const root = folder.uri.fsPath;
    const out = definition.task === 'train'
      ? path.join('runs', nextRunName(await namesIn(path.join(root, 'runs'))))
      : path.join('datasets', path.basename(definition.photos ?? 'photos'));
    const env = { ...this.engine.environment(), ELECTRON_RUN_AS_NODE: '1' };
    const execution = new vscode.ProcessExecution(process.execPath, [this.cliPath, ...taskArguments(definition, out)], { cwd: root, env });
    const name = `${definition.task} ${definition.dataset ?? definition.from ?? definition.photos ?? ''}`.trim();
    const made = new vscode.Task(definition, folder, name, source, execution, []);
    made.group = vscode.TaskGroup.Build;
    return made;
  }
}

function firstFolder(): vscode.WorkspaceFolder | undefined {
  return vscode.workspace.workspaceFolders?.[0];
}
