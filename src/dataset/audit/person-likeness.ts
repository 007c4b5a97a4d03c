/** A person and how like somebody or something is to them. */
export interface LikePerson {
  readonly person: number;
  /** Mean cosine. */
  readonly likeness: number;
}

/** Others are compared with people of at least this many photos: one photo says too little. */
const fewestPhotosOfOther = 2;

/**
 * How like photos and people are, by the sums of the embeddings of each person's photos. The product of an embedding with the mean of
 * a person's embeddings is the mean cosine with the person's photos, and the product of two such means is the mean cosine of all pairs of their
 * photos. So every figure here is comparable with the threshold of a verification, for any number of photos.
 * Memory: 8 bytes x length a person.
 */
export class PersonLikeness {
  readonly counts: Uint32Array;
  private readonly sums: Float32Array;
  private means: Float32Array | undefined;

  constructor(
    people: number,
    readonly length: number,
  ) {
    this.counts = new Uint32Array(people);
    this.sums = new Float32Array(people * length);
  }

  /** Adds row `row` of L2-normalised embeddings to a person. */
  add(person: number, vectors: Float32Array, row: number): void {
    const to = person * this.length;
    const from = row * this.length;
    for (let i = 0; i < this.length; i++) this.sums[to + i] = (this.sums[to + i] as number) + (vectors[from + i] as number);
    this.counts[person] = (this.counts[person] as number) + 1;
    this.means = undefined;
  }

  /** Mean cosine of a photo, which was added to `person`, with the other photos of this person; undefined when there are none. */
  withOwn(person: number, vectors: Float32Array, row: number): number | undefined {
    const count = this.counts[person] as number;
    if (count < 2) return undefined;
    // The photo itself is in the sum with a cosine of 1.
    return (this.product(this.sums, person, vectors, row) - 1) / (count - 1);
  }

  /** The person of 0..`among - 1` besides `person` with whose photos a photo has the greatest mean cosine. */
  mostLikeOther(person: number, among: number, vectors: Float32Array, row: number): LikePerson | undefined {
    const means = this.meansOfPeople();
    let best: LikePerson | undefined;
    for (let other = 0; other < among; other++) {
      if (other === person || (this.counts[other] as number) < fewestPhotosOfOther) continue;
      const likeness = this.product(means, other, vectors, row);
      if (!best || likeness > best.likeness) best = { person: other, likeness };
    }
    return best;
  }

  /** Mean cosine of all pairs of a photo of `a` and one of `b`; undefined when one of them has no photo with a face. */
  between(a: number, b: number): number | undefined {
    if (this.counts[a] === 0 || this.counts[b] === 0) return undefined;
    const means = this.meansOfPeople();
    return this.product(means, a, means, b);
  }

  /** Mean cosine of all pairs of photos of one person; undefined for fewer than two photos. */
  within(person: number): number | undefined {
    const count = this.counts[person] as number;
    if (count < 2) return undefined;
    // Each photo's product with itself is 1.
    return (this.product(this.sums, person, this.sums, person) - count) / (count * (count - 1));
  }

  private meansOfPeople(): Float32Array {
    this.means ??= this.sums.map((sum, i) => sum / Math.max(1, this.counts[Math.floor(i / this.length)] as number));
    return this.means;
  }

  private product(a: Float32Array, rowA: number, b: Float32Array, rowB: number): number {
    const startA = rowA * this.length;
    const startB = rowB * this.length;
    let sum = 0;
    for (let i = 0; i < this.length; i++) sum += (a[startA + i] as number) * (b[startB + i] as number);
    return sum;
  }
}
