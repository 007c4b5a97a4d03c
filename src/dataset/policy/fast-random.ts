import { createHash } from 'node:crypto';

/** Rounds after seeding, so that every bit of the state has met every other. */
const warmUpRounds = 15;

/**
 * A seeded stream of 32-bit numbers for noise on pixels, where `SeededRandom` would take longer than everything else: the
 * generator "sfc32" (small fast counter, C. Doty-Humphrey, PractRand), 96 bits of state and a counter.
 */
export class FastRandom {
  /** a, b, c and the counter. */
  private readonly state = new Int32Array(4);
  private readonly single = new Int32Array(1);

  /** @param parts what the stream belongs to, as with `SeededRandom` */
  constructor(...parts: readonly (string | number)[]) {
    const digest = createHash('sha256').update(parts.join('\u0000')).digest();
    this.state.set([digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), 1]);
    this.fill(new Int32Array(warmUpRounds));
  }

  /** The next numbers, each uniform among -2^31..2^31-1, as many as `words` holds. */
  fill(words: Int32Array): void {
    const state = this.state;
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let counter = state[3] as number;
    for (let i = 0; i < words.length; i++) {
      const result = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + result) | 0;
      words[i] = result;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = counter;
  }

  /** One number, uniform among -2^31..2^31-1. */
  next(): number {
    this.fill(this.single);
    return this.single[0] as number;
  }

  /** Uniform in (0, 1]. */
  uniform(): number {
    return ((this.next() >>> 0) + 1) / 2 ** 32;
  }

  /** Uniform in (low, high]. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform among 0..count-1. */
  below(count: number): number {
    return Math.ceil(count * this.uniform()) - 1;
  }

  /** True with the given probability, 0..1. */
  chance(probability: number): boolean {
    return this.uniform() <= probability;
  }
}
