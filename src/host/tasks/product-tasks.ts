import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError, errorText } from '../../base/user-error';
import { taskTypes } from '../../ids';
import type { JobRunner } from '../jobs/job-runner';
import type { TaskKind } from './task-kind';
import { TaskTerminal } from './task-terminal';

export interface ProductTasksOptions {
  /** All kinds of tasks, asked for when there is one. */
  readonly kinds: () => Promise<readonly TaskKind[]>;
  readonly jobs: JobRunner;
  /** Looks for what jobs have written: not every place tells of its new files. */
  readonly lookForArtifacts: () => void;
  readonly log: vscode.LogOutputChannel;
}

/** The product's tasks: each runs the command line, and shows it in a terminal of the editor. */
export class ProductTasks extends Disposable implements vscode.TaskProvider {
  constructor(private readonly options: ProductTasksOptions) {
    super();
    this.own(vscode.tasks.registerTaskProvider(taskTypes.job, this));
  }

  async provideTasks(): Promise<vscode.Task[]> {
    const tasks: vscode.Task[] = [];
    for (const kind of await this.options.kinds()) {
      for (const folder of vscode.workspace.workspaceFolders ?? []) {
        for (const definition of await kind.suggest(folder)) tasks.push(await this.task(kind, definition, folder));
      }
    }
    return tasks;
  }

  /** Called for a definition of tasks.json; undefined where it cannot be run. */
  async resolveTask(task: vscode.Task): Promise<vscode.Task | undefined> {
    const kind = await this.kindOf(task);
    if (kind === undefined) return undefined;
    try {
      // The editor asks that the very definition comes back.
      return await this.task(kind, task.definition, isFolder(task.scope) ? task.scope : vscode.workspace.workspaceFolders?.[0]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.options.log.warn(`tasks.json: ${errorText(error)}`);
      return undefined;
    }
  }

  private async task(kind: TaskKind, definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder | undefined): Promise<vscode.Task> {
    // What is wrong with a definition is told now, and the name of a new folder chosen when the task runs.
    await kind.args(definition, folder);
    const execution = new vscode.CustomExecution(() => Promise.resolve(new TaskTerminal({
      begin: async () => (await kind.begin?.(definition)) ?? (() => undefined),
      onWork: this.options.lookForArtifacts,
      start: async () => this.options.jobs.startTask(kind.name, await kind.args(definition, folder), folder?.uri.fsPath),
    })));
    const task = new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, kind.title(definition), 'MobileFaceNet', execution, []);
    task.group = vscode.TaskGroup.Build;
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
    return task;
  }

  private async kindOf({ definition }: vscode.Task): Promise<TaskKind | undefined> {
    if (definition.type !== taskTypes.job) return undefined;
    return (await this.options.kinds()).find(({ name }) => name === definition['task']);
  }
}

function isFolder(scope: vscode.Task['scope']): scope is vscode.WorkspaceFolder {
  return typeof scope === 'object' && 'uri' in scope;
}
