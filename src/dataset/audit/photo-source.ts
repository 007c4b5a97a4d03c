import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FivePoints } from '../align';
import { cropFace } from '../crop-face';
import { cropRuleOfTitle } from '../crop-rule';
import { readLandmarkSidecar } from '../detection/landmark-sidecar';
import { decodeBytes, decodePhoto } from '../photos/decode-photo';
import type { PhotoIdentity } from '../scan';
import type { PicturePart } from './audit-artifact';
import type { AuditDependencies } from './audit-dependencies';
import { auditedSidePixels, type AuditedPerson, type PictureSource, type ReadPicture } from './picture-source';

export interface PhotoSourceOptions {
  readonly kind: 'photos' | 'pairs';
  /** What the user named. */
  readonly path: string;
  readonly root: string;
  readonly identities: readonly PhotoIdentity[];
  readonly part: PicturePart;
  /** What was passed over, in words. */
  readonly passedOver: readonly string[];
  /** The photos are aligned crops already. */
  readonly aligned: boolean;
}

/**
 * Photos in folders of people. Known landmarks (`landmarks.jsonl`) are used instead of a detection.
 * @throws UserError when the landmarks are damaged
 */
export async function openPhotoSource(options: PhotoSourceOptions, dependencies: AuditDependencies): Promise<PictureSource> {
  return new PhotoSource(options, dependencies, await readLandmarkSidecar(options.root));
}

class PhotoSource implements PictureSource {
  readonly kind: 'photos' | 'pairs';
  readonly path: string;
  readonly people: readonly AuditedPerson[];
  readonly passedOver: readonly string[];
  readonly count: number;
  /** Person of each photo. */
  private readonly persons: Uint32Array;
  /** Number of each person's first photo. */
  private readonly firsts: Uint32Array;

  constructor(
    private readonly options: PhotoSourceOptions,
    private readonly dependencies: AuditDependencies,
    private readonly landmarks: ReadonlyMap<string, FivePoints>,
  ) {
    const { identities, part } = options;
    this.kind = options.kind;
    this.path = options.path;
    this.passedOver = options.passedOver;
    this.people = identities.map(({ name }) => ({ name, part }));
    this.count = identities.reduce((sum, { photos }) => sum + photos.length, 0);
    this.persons = new Uint32Array(this.count);
    this.firsts = new Uint32Array(identities.length);
    let first = 0;
    identities.forEach(({ photos }, person) => {
      this.firsts[person] = first;
      this.persons.fill(person, first, first + photos.length);
      first += photos.length;
    });
  }

  nameOf(picture: number): string {
    const person = this.personOf(picture);
    const identity = this.options.identities[person];
    return `${identity?.name ?? ''}/${identity?.photos[picture - (this.firsts[person] as number)] ?? ''}`;
  }

  personOf(picture: number): number {
    const person = this.persons[picture];
    if (person === undefined) throw new RangeError(`photo ${picture} of ${this.count}`);
    return person;
  }

  async read(picture: number): Promise<ReadPicture> {
    const bytes = await readFile(this.fileOf(picture));
    const { image } = await decodeBytes(bytes, { maxSidePixels: auditedSidePixels });
    return { person: this.personOf(picture), bytes, image };
  }

  async loadCrop(picture: number, size: number, template: string | undefined): Promise<Uint8Array | undefined> {
    const file = this.fileOf(picture);
    if (this.options.aligned) return this.dependencies.readCrop(file, size);
    const landmarks = this.landmarks.get(this.nameOf(picture));
    if (!landmarks) return this.dependencies.alignPhoto(file, size, template);
    return cropFace((await decodePhoto(file)).image, size, cropRuleOfTitle(template), () => Promise.resolve(landmarks));
  }

  close(): void {
    // Photos are opened one by one.
  }

  private fileOf(picture: number): string {
    return path.join(this.options.root, this.nameOf(picture));
  }
}
