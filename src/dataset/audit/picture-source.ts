import type { RgbImage } from '../photos/rgb-image';
import type { PicturePart } from './audit-artifact';

export interface AuditedPerson {
  readonly name: string;
  readonly part: PicturePart;
}

/** A picture as it was read. */
export interface ReadPicture {
  /** Index into the source's `people`. */
  readonly person: number;
  /** The file or record as it is stored. */
  readonly bytes: Uint8Array;
  /** Upright, sRGB; smaller than stored when it is very large. */
  readonly image: RgbImage;
}

/** Pictures of people, wherever they are kept. Pictures are numbered from 0. */
export interface PictureSource {
  readonly kind: 'photos' | 'dataset' | 'pairs';
  readonly path: string;
  readonly people: readonly AuditedPerson[];
  readonly count: number;
  /** What looks like a photo or a person but is none of the pictures, in words. */
  readonly passedOver: readonly string[];
  /** "person/file", or for a record of a dataset "person/training image 7"; known without reading the picture. */
  nameOf(picture: number): string;
  /**
   * Index into `people`; of a dataset's training image known once it was read.
   * @returns undefined for a record that could not be read
   */
  personOf(picture: number): number | undefined;
  /** @throws Error saying why the picture cannot be used */
  read(picture: number): Promise<ReadPicture>;
  /** The face, cut from photos as the template says: RGB [size, size, 3]; undefined when there is none. */
  loadCrop(picture: number, size: number, template: string | undefined): Promise<Uint8Array | undefined>;
  close(): void;
}

/** Longer sides are made smaller while a picture is decoded: it bounds the memory, and finer detail is not compared. */
export const auditedSidePixels = 4096;
