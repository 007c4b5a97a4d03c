import sharp from 'sharp';
import { openDataset, type Dataset } from '../dataset-reader';
import { decodeBytes } from '../photos/decode-photo';
import type { PicturePart } from './audit-artifact';
import type { AuditedPerson, PictureSource, ReadPicture } from './picture-source';

const unread = 0xffffffff;

/**
 * The crops of a prepared dataset: first its training images, then those of the held-out people.
 * @param isVerification the whole dataset is what other data is checked against
 * @throws UserError when the dataset is missing or damaged
 */
export async function openDatasetSource(folder: string, isVerification: boolean): Promise<PictureSource> {
  return new DatasetSource(await openDataset(folder), isVerification);
}

class DatasetSource implements PictureSource {
  readonly kind = 'dataset';
  readonly path: string;
  readonly people: readonly AuditedPerson[];
  readonly count: number;
  readonly passedOver: readonly string[] = [];
  /** Index into `people` of each training label. */
  private readonly trainingPeople: readonly number[];
  /** Records of held-out images. */
  private readonly heldOutRecords: readonly number[];
  private readonly persons: Uint32Array;

  constructor(
    private readonly dataset: Dataset,
    isVerification: boolean,
  ) {
    const { record, heldOut } = dataset;
    const partOf = (isHeldOut: boolean): PicturePart => (isVerification ? 'verification' : isHeldOut ? 'held-out' : 'training');
    const personByName = new Map(record.identities.map(({ name }, person) => [name, person]));
    this.path = dataset.folder;
    this.people = record.identities.map((identity) => ({ name: identity.name, part: partOf(identity.heldOut) }));
    this.trainingPeople = dataset.trainingIdentities.map((name) => personByName.get(name) ?? unread);
    this.heldOutRecords = heldOut.flatMap(({ records }) => records);
    this.count = dataset.count + this.heldOutRecords.length;
    this.persons = new Uint32Array(this.count).fill(unread, 0, dataset.count);
    this.persons.set(heldOut.flatMap(({ identity, records }) => records.map(() => personByName.get(identity) ?? unread)), dataset.count);
  }

  nameOf(picture: number): string {
    const person = this.personOf(picture);
    const name = person === undefined ? 'unknown' : (this.people[person]?.name ?? '');
    const { count } = this.dataset;
    return picture < count ? `${name}/training image ${picture}` : `${name}/held-out image ${picture - count}`;
  }

  personOf(picture: number): number | undefined {
    const person = this.persons[picture];
    return person === unread ? undefined : person;
  }

  async read(picture: number): Promise<ReadPicture> {
    const { jpeg, person } = this.record(picture);
    return { person, bytes: jpeg, image: (await decodeBytes(jpeg)).image };
  }

  async loadCrop(picture: number, size: number): Promise<Uint8Array> {
    const { jpeg } = this.record(picture);
    const { image } = await decodeBytes(jpeg);
    const raw = { raw: { width: image.width, height: image.height, channels: 3 } } as const;
    return image.width === size && image.height === size ? image.data : sharp(image.data, raw).resize(size, size, { fit: 'fill' }).raw().toBuffer();
  }

  close(): void {
    this.dataset.close();
  }

  private record(picture: number): { jpeg: Uint8Array; person: number } {
    const { count } = this.dataset;
    if (picture < count) {
      const { jpeg, label } = this.dataset.read(picture);
      const person = this.trainingPeople[label] ?? unread;
      this.persons[picture] = person;
      return { jpeg, person };
    }
    const record = this.heldOutRecords[picture - count];
    if (record === undefined) throw new RangeError(`picture ${picture} of ${this.count}`);
    return { jpeg: this.dataset.readHeldOut(record), person: this.persons[picture] as number };
  }
}
