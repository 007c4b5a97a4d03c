import { countBits, perceptualWords } from './picture-hash';

const bandCount = 4;
const bandBits = 16;
const bucketCount = 2 ** bandBits;
/** Farther than this, the buckets to look into are too many to gain anything. */
export const mostBitsApart = 15;

/**
 * Finds all 64-bit hashes that differ in few bits, without comparing all with all: multi-index hashing after Norouzi, Punjani and
 * Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing" (2014). The hashes are cut into four bands of 16 bits. Two
 * hashes that are at most r = 4q + a bits apart are at most q apart in one of the first a + 1 bands, or at most q - 1 in one of the
 * others; so only buckets with such a band are looked into. The result is exact.
 * Memory: 24 bytes a hash, and 1 MB.
 */
export class HammingIndex {
  private readonly bands: readonly Band[];

  /**
   * @param hashes [count, 2]
   * @param radius greatest number of differing bits, 0..15
   */
  constructor(
    private readonly hashes: Uint32Array,
    private readonly radius: number,
  ) {
    if (!Number.isInteger(radius) || radius < 0 || radius > mostBitsApart) throw new RangeError(`radius ${radius} of 0..${mostBitsApart}`);
    const rounds = Math.floor(radius / bandCount);
    const rest = radius % bandCount;
    const bands = Array.from({ length: bandCount }, (_, band) => ({ band, reach: band <= rest ? rounds : rounds - 1 }));
    this.bands = bands.filter(({ reach }) => reach >= 0).map(({ band, reach }) => bandOf(hashes, band, reach));
  }

  get count(): number {
    return this.hashes.length / perceptualWords;
  }

  /** Calls `visit` for every hash before number `i` that is within the radius, at least once and at most four times each. */
  visitEarlierNeighbours(i: number, visit: (j: number) => void): void {
    const { hashes, radius } = this;
    const low = hashes[2 * i] as number;
    const high = hashes[2 * i + 1] as number;
    for (const { masks, keys, starts, items } of this.bands) {
      const key = keys[i] as number;
      for (const mask of masks) {
        const bucket = key ^ mask;
        const end = starts[bucket + 1] as number;
        for (let at = starts[bucket] as number; at < end; at++) {
          const j = items[at] as number;
          if (j >= i) break;
          const bits = countBits(low ^ (hashes[2 * j] as number));
          if (bits <= radius && bits + countBits(high ^ (hashes[2 * j + 1] as number)) <= radius) visit(j);
        }
      }
    }
  }
}

interface Band {
  /** What turns a band into those that are near enough. */
  readonly masks: Uint16Array;
  /** Band of each hash. */
  readonly keys: Uint16Array;
  /** Where each bucket begins in `items`, and the end of the last. */
  readonly starts: Uint32Array;
  /** Numbers of hashes, bucket after bucket, ascending within each. */
  readonly items: Uint32Array;
}

function bandOf(hashes: Uint32Array, band: number, reach: number): Band {
  const count = hashes.length / perceptualWords;
  const keys = new Uint16Array(count);
  const starts = new Uint32Array(bucketCount + 1);
  for (let i = 0; i < count; i++) {
    const word = hashes[perceptualWords * i + (band >> 1)] as number;
    const key = (band & 1) === 0 ? word & 0xffff : word >>> bandBits;
    keys[i] = key;
    starts[key + 1] = (starts[key + 1] as number) + 1;
  }
  for (let bucket = 0; bucket < bucketCount; bucket++) starts[bucket + 1] = (starts[bucket + 1] as number) + (starts[bucket] as number);
  const next = starts.slice();
  const items = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number;
    const at = next[key] as number;
    items[at] = i;
    next[key] = at + 1;
  }
  return { masks: masksWithin(reach), keys, starts, items };
}

/** All 16-bit words with at most `reach` bits set. */
function masksWithin(reach: number): Uint16Array {
  const masks: number[] = [];
  for (let mask = 0; mask < bucketCount; mask++) if (countBits(mask) <= reach) masks.push(mask);
  return Uint16Array.from(masks);
}
