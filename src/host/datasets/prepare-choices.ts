import * as vscode from 'vscode';
import * as z from 'zod';
import { Disposable } from '../../base/disposable';

const choicesSchema = z.object({
  /** Name of a policy that comes with the product, or path of a file. */
  policy: z.string().default('none'),
  /** Side of the crops in pixels. */
  size: z.number().int().min(16).max(512).default(112),
  /** As `--hold-out`; empty: the default of the command line. */
  holdOut: z.string().default(''),
  /** File with the names of the people who are held out; goes before `holdOut`. */
  holdOutNames: z.string().optional(),
});
export type PrepareChoices = z.infer<typeof choicesSchema>;

/** How each photo folder is prepared, as it was last chosen in this workspace. */
export class PrepareChoiceMemory extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<string>());
  /** Tells the photo folder. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    super();
  }

  get(folder: string): PrepareChoices {
    return choicesSchema.catch(choicesSchema.parse({})).parse(this.memory.get(keyOf(folder), {}));
  }

  async set(folder: string, changes: Partial<PrepareChoices>): Promise<void> {
    await this.memory.update(keyOf(folder), { ...this.get(folder), ...changes });
    this.changed.fire(folder);
  }
}

/** Arguments of `dataset prepare` for these choices. */
export function prepareArguments({ policy, size, holdOut, holdOutNames }: PrepareChoices): string[] {
  const people = holdOutNames === undefined ? (holdOut === '' ? [] : ['--hold-out', holdOut]) : ['--hold-out-names', holdOutNames];
  return ['--policy', policy, '--size', String(size), ...people];
}

function keyOf(folder: string): string {
  return `prepare:${folder}`;
}
