import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError, errorText } from '../../base/user-error';
import { taskTypes } from '../../ids';
import { jobEnvironment, type JobCommand } from '../jobs/job-process';
import type { TaskKind } from './task-kind';

export interface ProductTasksOptions {
  /** All kinds of tasks, asked for when there is one. */
  readonly kinds: () => Promise<readonly TaskKind[]>;
  /** How the command line is started. */
  readonly command: (args: readonly string[]) => JobCommand;
  readonly log: vscode.LogOutputChannel;
}

/** The product's tasks: each runs the command line in a terminal of the editor. */
export class ProductTasks extends Disposable implements vscode.TaskProvider {
  private readonly running = new Map<vscode.TaskExecution, () => void>();

  constructor(private readonly options: ProductTasksOptions) {
    super();
    this.own(vscode.tasks.registerTaskProvider(taskTypes.job, this));
    this.own(vscode.tasks.onDidStartTask(({ execution }) => void this.begin(execution)));
    this.own(vscode.tasks.onDidEndTask(({ execution }) => this.end(execution)));
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
    const { cliPath, args, env } = this.options.command(await kind.args(definition, folder));
    const own = Object.fromEntries(Object.entries(jobEnvironment({}, env)).filter((entry): entry is [string, string] => entry[1] !== undefined));
    const execution = new vscode.ProcessExecution(process.execPath, [cliPath, ...args], { env: own, ...(folder === undefined ? {} : { cwd: folder.uri.fsPath }) });
    const task = new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, kind.title(definition), 'MobileFaceNet', execution, []);
    task.group = vscode.TaskGroup.Build;
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
    return task;
  }

  private async kindOf({ definition }: vscode.Task): Promise<TaskKind | undefined> {
    if (definition.type !== taskTypes.job) return undefined;
    return (await this.options.kinds()).find(({ name }) => name === definition['task']);
  }

  private async begin(execution: vscode.TaskExecution): Promise<void> {
    const kind = await this.kindOf(execution.task);
    const end = await kind?.begin?.(execution.task.definition);
    if (end === undefined) return;
    if (vscode.tasks.taskExecutions.includes(execution)) this.running.set(execution, end);
    else end();
  }

  private end(execution: vscode.TaskExecution): void {
    this.running.get(execution)?.();
    this.running.delete(execution);
  }
}

function isFolder(scope: vscode.Task['scope']): scope is vscode.WorkspaceFolder {
  return typeof scope === 'object' && 'uri' in scope;
}
