import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { PersonEntry } from './dataset-entries';
import type { FolderFacts } from './folder-facts';

export const peopleSorts = ['name', 'photos'] as const;
export type PeopleSort = (typeof peopleSorts)[number];
export const peopleFilters = ['all', 'findings', 'left-out', 'held-out'] as const;
export type PeopleFilter = (typeof peopleFilters)[number];

const key = 'dataset.peopleOrder';

/** Which people the tree shows, and in which order; kept for the workspace. */
export class PeopleOrder extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    super();
  }

  get sort(): PeopleSort {
    return this.state.sort;
  }

  get filter(): PeopleFilter {
    return this.state.filter;
  }

  async set(changes: { readonly sort?: PeopleSort; readonly filter?: PeopleFilter }): Promise<void> {
    await this.memory.update(key, { ...this.state, ...changes });
    this.changed.fire();
  }

  /** The people that are shown. */
  apply(people: readonly PersonEntry[], facts: FolderFacts): PersonEntry[] {
    const withFinding = new Set([...facts.openPhotos].map((photo) => photo.slice(0, photo.indexOf('/'))));
    const isShown: Readonly<Record<PeopleFilter, (person: PersonEntry) => boolean>> = {
      'all': () => true, 'findings': ({ name }) => withFinding.has(name), 'left-out': ({ name }) => facts.leftOutOf.has(name), 'held-out': ({ name }) => facts.heldOut.has(name),
    };
    const shown = people.filter(isShown[this.filter]);
    const collator = new Intl.Collator(undefined, { numeric: true });
    return shown.sort(this.sort === 'name' ? (a, b) => collator.compare(a.name, b.name) : (a, b) => b.images - a.images || collator.compare(a.name, b.name));
  }

  /** What an older version kept otherwise is not used. */
  private get state(): { readonly sort: PeopleSort; readonly filter: PeopleFilter } {
    const kept = this.memory.get<{ readonly sort?: unknown; readonly filter?: unknown }>(key, {});
    return { sort: peopleSorts.find((sort) => sort === kept.sort) ?? 'photos', filter: peopleFilters.find((filter) => filter === kept.filter) ?? 'all' };
  }
}
