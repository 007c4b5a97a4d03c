import type { AuditedPerson, PictureSource, ReadPicture } from './picture-source';

/** The audited data and, after it, what it is checked against: pictures and people are numbered through both. */
export class PictureCollection {
  readonly people: readonly AuditedPerson[];
  readonly count: number;
  /** Pictures and people of the audited data; those after them belong to the verification. */
  readonly dataCount: number;
  readonly dataPeople: number;

  constructor(
    private readonly data: PictureSource,
    private readonly verification?: PictureSource,
  ) {
    this.people = [...data.people, ...(verification?.people ?? [])];
    this.count = data.count + (verification?.count ?? 0);
    this.dataCount = data.count;
    this.dataPeople = data.people.length;
  }

  nameOf(picture: number): string {
    const { source, own } = this.locate(picture);
    return source.nameOf(own);
  }

  personOf(picture: number): number | undefined {
    const { source, own, firstPerson } = this.locate(picture);
    const person = source.personOf(own);
    return person === undefined ? undefined : firstPerson + person;
  }

  async read(picture: number): Promise<ReadPicture> {
    const { source, own, firstPerson } = this.locate(picture);
    const { person, bytes, image } = await source.read(own);
    return { person: firstPerson + person, bytes, image };
  }

  loadCrop(picture: number, size: number, template: string | undefined): Promise<Uint8Array | undefined> {
    const { source, own } = this.locate(picture);
    return source.loadCrop(own, size, template);
  }

  private locate(picture: number): { source: PictureSource; own: number; firstPerson: number } {
    if (picture < this.dataCount) return { source: this.data, own: picture, firstPerson: 0 };
    if (!this.verification) throw new RangeError(`picture ${picture} of ${this.count}`);
    return { source: this.verification, own: picture - this.dataCount, firstPerson: this.dataPeople };
  }
}
