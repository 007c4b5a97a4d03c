import { createHash } from 'node:crypto';
import type { AuditedPerson } from './picture-source';
import { gradientWords, hashPicture, perceptualWords } from './picture-hash';
import type { ReadPicture } from './picture-source';

/** Words of 32 bits that are kept of a SHA-256: 128 bits, by which a chance match among 10^9 pictures stays below 10^-20. */
export const digestWords = 4;

const noPerson = 0xffffffff;

/**
 * What the audit remembers of each picture: digests, perceptual hashes and size; 101 bytes a picture, whatever its size.
 * Pictures that could not be read have no person.
 */
export class PictureTable {
  readonly people: readonly AuditedPerson[];
  /** Of the stored bytes, [count, 4]. */
  readonly byteDigests: Uint32Array;
  /** Of width, height and pixels, [count, 4]. */
  readonly pixelDigests: Uint32Array;
  readonly perceptual: Uint32Array;
  readonly gradient: Uint32Array;
  readonly contrast: Float32Array;
  readonly sharpness: Float32Array;
  readonly widths: Uint32Array;
  readonly heights: Uint32Array;
  /** Size as stored, in bytes. */
  readonly sizes: Float64Array;
  /** 1 for pictures that were read. */
  private readonly readable: Uint8Array;
  private readonly persons: Uint32Array;

  constructor(
    readonly count: number,
    people: readonly AuditedPerson[],
  ) {
    this.people = people;
    this.byteDigests = new Uint32Array(count * digestWords);
    this.pixelDigests = new Uint32Array(count * digestWords);
    this.perceptual = new Uint32Array(count * perceptualWords);
    this.gradient = new Uint32Array(count * gradientWords);
    this.contrast = new Float32Array(count);
    this.sharpness = new Float32Array(count);
    this.widths = new Uint32Array(count);
    this.heights = new Uint32Array(count);
    this.sizes = new Float64Array(count);
    this.readable = new Uint8Array(count);
    this.persons = new Uint32Array(count).fill(noPerson);
  }

  /** @param person index into the table's `people` */
  set(picture: number, person: number, { bytes, image }: Pick<ReadPicture, 'bytes' | 'image'>): void {
    const hash = hashPicture(image);
    const dimensions = Uint32Array.of(image.width, image.height);
    this.byteDigests.set(digestOf([bytes]), picture * digestWords);
    this.pixelDigests.set(digestOf([dimensions, image.data]), picture * digestWords);
    this.perceptual.set(hash.perceptual, picture * perceptualWords);
    this.gradient.set(hash.gradient, picture * gradientWords);
    this.contrast[picture] = hash.contrast;
    this.sharpness[picture] = hash.sharpness;
    this.widths[picture] = image.width;
    this.heights[picture] = image.height;
    this.sizes[picture] = bytes.length;
    this.persons[picture] = person;
    this.readable[picture] = 1;
  }

  isReadable(picture: number): boolean {
    return this.readable[picture] === 1;
  }

  /** Index into `people`; only of pictures that were read. */
  personOf(picture: number): number {
    return this.persons[picture] as number;
  }

  person(picture: number): AuditedPerson {
    const person = this.people[this.personOf(picture)];
    if (!person) throw new RangeError(`picture ${picture} was not read`);
    return person;
  }
}

function digestOf(parts: readonly Uint8Array[] | readonly [Uint32Array, Uint8Array]): Uint32Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const digest = hash.digest();
  return Uint32Array.from({ length: digestWords }, (_, word) => digest.readUInt32LE(4 * word));
}
