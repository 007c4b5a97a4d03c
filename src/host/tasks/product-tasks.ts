import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError, errorText } from '../../base/user-error';
import { taskTypes } from '../../ids';
import { jobEnvironment, type JobCommand } from '../jobs/job-process';
import type { JobTaskProvider } from './job-task-provider';
import type { TaskKind } from './task-kind';

export interface ProductTasksOptions {
  readonly kinds: readonly TaskKind[];
  /** Provides the tasks that are of none of these kinds: the editor asks one provider for a type. */
  readonly others: JobTaskProvider;
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
    const tasks = await this.options.others.provideTasks();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      for (const kind of this.options.kinds) {
        for (const definition of (await kind.suggest?.(folder)) ?? []) tasks.push(this.task(kind, definition, folder));
      }
    }
    return tasks;
  }

  /** Called for a definition of tasks.json; undefined where it cannot be run. */
  async resolveTask(task: vscode.Task): Promise<vscode.Task | undefined> {
    const kind = this.kindOf(task);
    if (kind === undefined) return this.options.others.resolveTask(task);
    try {
      // The editor asks that the very definition comes back.
      return this.task(kind, task.definition, isFolder(task.scope) ? task.scope : vscode.workspace.workspaceFolders?.[0]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.options.log.warn(`tasks.json: ${errorText(error)}`);
      return undefined;
    }
  }

  private task(kind: TaskKind, definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder | undefined): vscode.Task {
    const { cliPath, args, env } = this.options.command(kind.args(definition));
    const own = Object.fromEntries(Object.entries(jobEnvironment({}, env)).filter((entry): entry is [string, string] => entry[1] !== undefined));
    const execution = new vscode.ProcessExecution(process.execPath, [cliPath, ...args], { env: own, ...(folder === undefined ? {} : { cwd: folder.uri.fsPath }) });
    const task = new vscode.Task(definition, folder ?? vscode.TaskScope.Workspace, kind.title(definition), 'MobileFaceNet', execution);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
    return task;
  }

  private kindOf({ definition }: vscode.Task): TaskKind | undefined {
    return definition.type === taskTypes.job ? this.options.kinds.find(({ name }) => name === definition['task']) : undefined;
  }

  private async begin(execution: vscode.TaskExecution): Promise<void> {
    const end = await this.kindOf(execution.task)?.begin?.(execution.task.definition);
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
