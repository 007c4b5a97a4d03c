import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';

export interface PrepareChoices {
  /** Name of a policy that comes with the product, or path of a file. */
  readonly policy: string;
  /** Side of the crops in pixels, 16 to 512. */
  readonly size: number;
  /** As `--hold-out`; empty: the default of the command line. */
  readonly holdOut: string;
  /** File with the names of the people who are held out; goes before `holdOut`. */
  readonly holdOutNames?: string | undefined;
}

const defaults: PrepareChoices = { policy: 'none', size: 112, holdOut: '' };

/** How each photo folder is prepared, as it was last chosen in this workspace. */
export class PrepareChoiceMemory extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<string>());
  /** Tells the photo folder. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    super();
  }

  get(folder: string): PrepareChoices {
    return readChoices(this.memory.get<Partial<Record<keyof PrepareChoices, unknown>>>(keyOf(folder), {}));
  }

  async set(folder: string, changes: Partial<PrepareChoices>): Promise<void> {
    await this.memory.update(keyOf(folder), { ...this.get(folder), ...changes });
    this.changed.fire(folder);
  }
}

/** By hand and without a schema, because that is loaded later. What an older version kept otherwise is not used. */
function readChoices({ policy = defaults.policy, size = defaults.size, holdOut = defaults.holdOut, holdOutNames }: Partial<Record<keyof PrepareChoices, unknown>>): PrepareChoices {
  const isSize = typeof size === 'number' && Number.isInteger(size) && size >= 16 && size <= 512;
  if (typeof policy !== 'string' || !isSize || typeof holdOut !== 'string') return defaults;
  return { policy, size, holdOut, ...(typeof holdOutNames === 'string' ? { holdOutNames } : {}) };
}

/** Arguments of `dataset prepare` for these choices. */
export function prepareArguments({ policy, size, holdOut, holdOutNames }: PrepareChoices): string[] {
  const people = holdOutNames === undefined ? (holdOut === '' ? [] : ['--hold-out', holdOut]) : ['--hold-out-names', holdOutNames];
  return ['--policy', policy, '--size', String(size), ...people];
}

function keyOf(folder: string): string {
  return `prepare:${folder}`;
}
