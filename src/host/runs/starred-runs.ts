import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';

const starredKey = 'starredRuns';

/** Which runs the user has starred. That is no fact of a run, so it is kept with the workspace and not in the run's folder. */
export class StarredRuns extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    super();
  }

  has(folder: string): boolean {
    return this.folders().includes(folder);
  }

  async set(folder: string, isStarred: boolean): Promise<void> {
    const others = this.folders().filter((other) => other !== folder);
    await this.memory.update(starredKey, isStarred ? [...others, folder] : others);
    this.changed.fire();
  }

  /** A run keeps its star under its new name. */
  async move(from: string, to: string): Promise<void> {
    if (!this.has(from)) return;
    await this.set(from, false);
    await this.set(to, true);
  }

  private folders(): readonly string[] {
    return this.memory.get<string[]>(starredKey, []);
  }
}
