import type { RgbImage } from '../photos/rgb-image';

/** What is compared of a picture to find its near-duplicates. */
export interface PictureHash {
  /** 64 bits, [2]: signs of the lowest frequencies. Copies of one picture differ in few bits. */
  readonly perceptual: Uint32Array;
  /** 240 bits, [8]: where the picture gets brighter from left to right. Confirms what `perceptual` finds. */
  readonly gradient: Uint32Array;
  /** Standard deviation of the grey levels of a small version, 0..127.5. Below `blankContrast` the bits mean nothing. */
  readonly contrast: number;
  /** Variance of the Laplacian over the variance of the grey levels, of a version 128 x 128: the larger, the sharper. For copies of one picture. */
  readonly sharpness: number;
}

/** Words of 32 bits in the parts of a hash. */
export const perceptualWords = 2;
export const gradientWords = 8;
/** Pictures of less contrast (in grey levels) show nothing. */
export const blankContrast = 2;

/** Sharpness is measured at this size, so that a copy made smaller does not count as sharper. A multiple of `thumbnailSide`. */
const viewSide = 128;
const thumbnailSide = 32;
const gradientSide = 16;
/** Differences of less than this many grey levels count as none, so that noise in plain areas sets no bits. */
const gradientTolerance = 1;
const hashBits = 64;
const hashBands = 4;
/** The 64 lowest frequencies besides the mean, along the diagonals as JPEG orders them. */
const frequencies = lowestFrequencies(hashBits);
const frequencyCount = 1 + Math.max(...frequencies.map(({ u, v }) => Math.max(u, v)));
const cosines = cosineTable(frequencyCount, thumbnailSide);

/**
 * Hashes a picture: the perceptual hash after Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010),
 * that is the DCT of a 32 x 32 version, here with its 64 lowest frequencies compared with their median; and a difference hash of a
 * 16 x 16 version. Neither depends on the size of the picture.
 */
export function hashPicture(image: RgbImage): PictureHash {
  const view = resize(greyLevels(image), image.width, image.height, viewSide);
  const thumbnail = resize(view, viewSide, viewSide, thumbnailSide);
  return {
    perceptual: perceptualHash(thumbnail),
    gradient: gradientHash(thumbnail),
    contrast: deviation(thumbnail),
    sharpness: laplacianVariance(view, viewSide, viewSide) / Math.max(1, deviation(view) ** 2),
  };
}

/** Number of bits set. */
export function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits in which rows `i` and `j` of a table of hashes with `words` words each differ. */
export function bitsApart(hashes: Uint32Array, words: number, i: number, j: number): number {
  let bits = 0;
  for (let word = 0; word < words; word++) bits += countBits((hashes[i * words + word] as number) ^ (hashes[j * words + word] as number));
  return bits;
}

/** ITU-R BT.601 luma, rounded, [height, width]. */
function greyLevels({ width, height, data }: RgbImage): Uint8Array {
  const grey = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 3) {
    grey[i] = (77 * (data[p] as number) + 150 * (data[p + 1] as number) + 29 * (data[p + 2] as number) + 128) >> 8;
  }
  return grey;
}

/** A picture `side` x `side`: the mean of the area under each pixel, or where the source has fewer pixels, linear between them. */
function resize(grey: ArrayLike<number>, width: number, height: number, side: number): Float32Array {
  const columns = coverOf(width, side);
  const rows = coverOf(height, side);
  const narrow = new Float32Array(height * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < side; x++) narrow[y * side + x] = weightedSum(grey, y * width, 1, columns[x] as Cover);
  }
  const small = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) small[y * side + x] = weightedSum(narrow, x, side, rows[y] as Cover);
  }
  return small;
}

/** The source pixels that one target pixel is made of. */
interface Cover {
  readonly first: number;
  /** Sum 1. */
  readonly weights: readonly number[];
}

function coverOf(length: number, side: number): Cover[] {
  const step = length / side;
  return Array.from({ length: side }, (_, target) => {
    if (step < 1) return between(Math.min(length - 1, Math.max(0, (target + 0.5) * step - 0.5)), length);
    const from = target * step;
    const to = from + step;
    const first = Math.min(length - 1, Math.floor(from));
    const last = Math.max(first, Math.min(length, Math.ceil(to)) - 1);
    const weights = Array.from({ length: last - first + 1 }, (_, i) => Math.min(to, first + i + 1) - Math.max(from, first + i));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function between(position: number, length: number): Cover {
  const first = Math.min(Math.floor(position), Math.max(0, length - 2));
  return { first, weights: length === 1 ? [1] : [1 - (position - first), position - first] };
}

function weightedSum(values: ArrayLike<number>, start: number, stride: number, { first, weights }: Cover): number {
  let sum = 0;
  let position = start + first * stride;
  for (let i = 0; i < weights.length; i++, position += stride) sum += (weights[i] as number) * (values[position] as number);
  return sum;
}

function perceptualHash(thumbnail: Float32Array): Uint32Array {
  const rows = new Float64Array(frequencyCount * thumbnailSide);
  for (let u = 0; u < frequencyCount; u++) {
    for (let y = 0; y < thumbnailSide; y++) rows[u * thumbnailSide + y] = product(cosines, u * thumbnailSide, thumbnail, y * thumbnailSide);
  }
  const values = frequencies.map(({ u, v }) => product(cosines, v * thumbnailSide, rows, u * thumbnailSide));
  const sorted = [...values].sort((a, b) => a - b);
  const median = ((sorted[hashBits / 2 - 1] as number) + (sorted[hashBits / 2] as number)) / 2;
  const hash = new Uint32Array(perceptualWords);
  values.forEach((value, i) => {
    // Neighbouring frequencies go to different bands of 16 bits, so that each band tells pictures apart equally well.
    if (value > median) setBit(hash, (i % hashBands) * (hashBits / hashBands) + Math.floor(i / hashBands));
  });
  return hash;
}

function gradientHash(thumbnail: Float32Array): Uint32Array {
  const hash = new Uint32Array(gradientWords);
  const levelAt = (x: number, y: number): number => {
    const start = 2 * y * thumbnailSide + 2 * x;
    const upper = (thumbnail[start] as number) + (thumbnail[start + 1] as number);
    return (upper + (thumbnail[start + thumbnailSide] as number) + (thumbnail[start + thumbnailSide + 1] as number)) / 4;
  };
  for (let y = 0; y < gradientSide; y++) {
    for (let x = 0; x < gradientSide - 1; x++) {
      if (levelAt(x + 1, y) - levelAt(x, y) > gradientTolerance) setBit(hash, y * (gradientSide - 1) + x);
    }
  }
  return hash;
}

function setBit(words: Uint32Array, bit: number): void {
  const word = bit >>> 5;
  words[word] = (words[word] as number) | (1 << (bit & 31));
}

function product(a: Float64Array, startA: number, b: Float64Array | Float32Array, startB: number): number {
  let sum = 0;
  for (let i = 0; i < thumbnailSide; i++) sum += (a[startA + i] as number) * (b[startB + i] as number);
  return sum;
}

function lowestFrequencies(count: number): { u: number; v: number }[] {
  const found: { u: number; v: number }[] = [];
  for (let diagonal = 1; found.length < count; diagonal++) {
    for (let u = 0; u <= diagonal && found.length < count; u++) found.push({ u, v: diagonal - u });
  }
  return found;
}

/** DCT-II with orthonormal rows, [count, length]. */
function cosineTable(count: number, length: number): Float64Array {
  const table = new Float64Array(count * length);
  for (let k = 0; k < count; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / length);
    for (let x = 0; x < length; x++) table[k * length + x] = scale * Math.cos((Math.PI * (2 * x + 1) * k) / (2 * length));
  }
  return table;
}

function deviation(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
}

function laplacianVariance(grey: Float32Array, width: number, height: number): number {
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i++) {
      const around = (grey[i - 1] as number) + (grey[i + 1] as number) + (grey[i - width] as number) + (grey[i + width] as number);
      const value = around - 4 * (grey[i] as number);
      sum += value;
      squares += value * value;
    }
  }
  const count = Math.max(1, (width - 2) * (height - 2));
  return Math.max(0, squares / count - (sum / count) ** 2);
}
