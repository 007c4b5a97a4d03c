import type * as vscode from 'vscode';

/** One kind of task of this product: `"type": "mobilefacenet", "task": "<name>"` in tasks.json. */
export interface TaskKind {
  readonly name: string;
  readonly title: (definition: vscode.TaskDefinition) => string;
  /**
   * Arguments of the command line.
   * @param folder in which it runs, if there is one
   * @throws UserError naming what is wrong with the definition
   */
  readonly args: (definition: vscode.TaskDefinition, folder: vscode.WorkspaceFolder | undefined) => Promise<readonly string[]>;
  /** What is offered without a tasks.json. */
  readonly suggest: (folder: vscode.WorkspaceFolder) => Promise<readonly vscode.TaskDefinition[]>;
  /** Makes room for a task that runs; what it gives is called when the task has ended. */
  readonly begin?: (definition: vscode.TaskDefinition) => Promise<() => void>;
}
