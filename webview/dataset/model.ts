import type { AuditView, ExplorerMessage, ExplorerSnapshot, FacelessView, PhotoListsView, PolicyPlanView, SplitView } from '../../src/protocol/explorer-page';

/** Photos are numbered through all people, so that 100,000 of them need no objects. */
export type PhotoNumber = number;

export interface PersonModel {
  readonly name: string;
  /** Number of the first photo. */
  readonly first: PhotoNumber;
  readonly count: number;
}

export interface PhotoFlags {
  readonly copy: boolean;
  readonly outlier: boolean;
  readonly faceless: boolean;
}

export interface PhotoFilter {
  /** Part of a person's or a file's name, or a person's whole name. */
  readonly search: string;
  readonly show: 'all' | 'findings' | 'to-check';
  /** First and last place among the people, those with most photos first. */
  readonly range?: readonly [number, number];
}

/** Photos of one person that pass a filter. */
export interface PhotoGroup {
  readonly person: number;
  /** Ascending. */
  readonly photos: readonly PhotoNumber[];
}

const noFlags: PhotoFlags = { copy: false, outlier: false, faceless: false };

/** Everything the page shows, made anew from a snapshot and kept current by the host. */
export class ExplorerModel {
  readonly people: readonly PersonModel[];
  /** People's numbers, those with most photos first. */
  readonly ranked: readonly number[];
  private readonly files: readonly string[];
  private readonly searchable: readonly string[];
  private readonly owner: Uint32Array;
  private numbers: Map<string, PhotoNumber> | undefined;
  private flags = new Map<PhotoNumber, PhotoFlags>();
  private leftOutPhotos = new Set<PhotoNumber>();
  private checkedPhotos = new Set<PhotoNumber>();
  private current: Pick<ExplorerSnapshot, 'lists' | 'plan' | 'faceless' | 'split' | 'audit'>;
  /** Changes with every message that was applied. */
  revision = 0;

  constructor(readonly snapshot: ExplorerSnapshot) {
    this.current = snapshot;
    let first = 0;
    this.people = snapshot.people.map(({ name, photos }) => {
      const person = { name, first, count: photos.length };
      first += photos.length;
      return person;
    });
    this.files = snapshot.people.flatMap(({ photos }) => photos);
    this.searchable = this.files.map((file) => file.toLowerCase());
    this.owner = new Uint32Array(first);
    this.people.forEach((person, i) => this.owner.fill(i, person.first, person.first + person.count));
    this.ranked = this.people.map((_, i) => i).sort((a, b) => this.person(b).count - this.person(a).count || a - b);
    this.updateLists(snapshot.lists);
    this.updateFindings(snapshot);
  }

  get photoCount(): number {
    return this.files.length;
  }

  get lists(): PhotoListsView {
    return this.current.lists;
  }

  get plan(): PolicyPlanView {
    return this.current.plan;
  }

  get audit(): AuditView | undefined {
    return this.current.audit;
  }

  get faceless(): readonly FacelessView[] {
    return this.current.faceless;
  }

  get split(): SplitView {
    return this.current.split;
  }

  get leftOutCount(): number {
    return this.leftOutPhotos.size;
  }

  apply(message: Exclude<ExplorerMessage, { kind: 'snapshot' | 'focus' | 'progress' | 'act' }>): void {
    this.revision++;
    switch (message.kind) {
      case 'lists':
        this.updateLists(message.lists);
        this.current = { ...this.current, plan: message.plan };
        break;
      case 'plan':
        this.current = { ...this.current, plan: message.plan, split: message.split };
        break;
      case 'findings':
        this.updateFindings(message);
    }
  }

  person(number: number): PersonModel {
    return this.people[number] as PersonModel;
  }

  personOf(photo: PhotoNumber): number {
    return this.owner[photo] as number;
  }

  fileOf(photo: PhotoNumber): string {
    return this.files[photo] as string;
  }

  /** "person/file" */
  idOf(photo: PhotoNumber): string {
    return `${this.person(this.personOf(photo)).name}/${this.fileOf(photo)}`;
  }

  numberOf(id: string): PhotoNumber | undefined {
    this.numbers ??= new Map(this.files.map((_, photo) => [this.idOf(photo), photo]));
    return this.numbers.get(id);
  }

  /** Address under which the page may show the photo itself. */
  addressOf(photo: PhotoNumber): string {
    return this.addressOfId(this.idOf(photo));
  }

  addressOfId(id: string): string {
    return `${this.snapshot.rootUri}/${id.split('/').map(encodeURIComponent).join('/')}`;
  }

  flagsOf(photo: PhotoNumber): PhotoFlags {
    return this.flags.get(photo) ?? noFlags;
  }

  isLeftOut(photo: PhotoNumber): boolean {
    return this.leftOutPhotos.has(photo);
  }

  isChecked(photo: PhotoNumber): boolean {
    return this.checkedPhotos.has(photo);
  }

  /** Whether somebody still has to decide about the photo. */
  isToCheck(photo: PhotoNumber): boolean {
    return this.flags.has(photo) && !this.leftOutPhotos.has(photo) && !this.checkedPhotos.has(photo);
  }

  get findingCount(): number {
    return this.flags.size;
  }

  get toCheckCount(): number {
    let count = 0;
    for (const photo of this.flags.keys()) if (this.isToCheck(photo)) count++;
    return count;
  }

  /** Photos that pass a filter, by person, those with most photos first. */
  groups({ search, show, range }: PhotoFilter): PhotoGroup[] {
    const wanted = search.trim();
    const exact = this.people.findIndex(({ name }) => name === wanted);
    const [from, to] = range ?? [0, this.ranked.length - 1];
    const groups: PhotoGroup[] = [];
    for (let place = Math.max(0, from); place <= Math.min(to, this.ranked.length - 1); place++) {
      const person = this.ranked[place] as number;
      if (exact >= 0 && person !== exact) continue;
      const photos = this.photosOf(person, exact >= 0 ? '' : wanted.toLowerCase(), show);
      if (photos.length > 0) groups.push({ person, photos });
    }
    return groups;
  }

  private photosOf(person: number, search: string, show: PhotoFilter['show']): PhotoNumber[] {
    const { name, first, count } = this.person(person);
    const takesAll = search === '' || name.toLowerCase().includes(search);
    const photos: PhotoNumber[] = [];
    for (let photo = first; photo < first + count; photo++) {
      const isShown = show === 'all' || (show === 'findings' ? this.flags.has(photo) : this.isToCheck(photo));
      if (isShown && (takesAll || (this.searchable[photo] as string).includes(search))) photos.push(photo);
    }
    return photos;
  }

  private updateLists(lists: PhotoListsView): void {
    this.current = { ...this.current, lists };
    this.leftOutPhotos = this.numbersOf(lists.leftOut);
    this.checkedPhotos = this.numbersOf(lists.checked);
  }

  private updateFindings({ audit, faceless }: { readonly audit?: AuditView; readonly faceless: readonly FacelessView[] }): void {
    const { lists, plan, split } = this.current;
    this.current = { lists, plan, split, faceless, ...(audit ? { audit } : {}) };
    this.flags = new Map();
    const flag = (id: string, flags: Partial<PhotoFlags>): void => {
      const photo = this.numberOf(id);
      if (photo !== undefined) this.flags.set(photo, { ...this.flagsOf(photo), ...flags });
    };
    for (const { photos } of audit?.copies ?? []) photos.forEach(({ photo }) => flag(photo, { copy: true }));
    for (const { photo } of audit?.outliers ?? []) flag(photo, { outlier: true });
    for (const { photo } of faceless) flag(photo, { faceless: true });
  }

  private numbersOf(ids: readonly string[]): Set<PhotoNumber> {
    return new Set(ids.flatMap((id) => this.numberOf(id) ?? []));
  }
}
