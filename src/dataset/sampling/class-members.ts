/** Samples by class: 8 bytes a sample and class, whatever the sizes of the classes. */
export class ClassMembers {
  /** Where each class begins in `samples`; one more than classes. */
  private readonly starts: Uint32Array;
  /** Samples, class after class, in rising order within each. */
  private readonly samples: Uint32Array;

  /**
   * @param count number of samples
   * @param classCount classes 0..classCount-1; some may be empty
   * @param classOf class of a sample, asked twice for each
   */
  constructor(readonly count: number, readonly classCount: number, classOf: (sample: number) => number) {
    this.starts = new Uint32Array(classCount + 1);
    this.samples = new Uint32Array(count);
    for (let sample = 0; sample < count; sample++) {
      const own = classOf(sample);
      if (!(own >= 0 && own < classCount)) throw new RangeError(`sample ${sample} has the class ${own} of ${classCount}`);
      this.starts[own + 1] = (this.starts[own + 1] as number) + 1;
    }
    for (let i = 0; i < classCount; i++) this.starts[i + 1] = (this.starts[i + 1] as number) + (this.starts[i] as number);
    const next = this.starts.slice(0, classCount);
    for (let sample = 0; sample < count; sample++) {
      const own = classOf(sample);
      const place = next[own] as number;
      this.samples[place] = sample;
      next[own] = place + 1;
    }
  }

  sizeOf(index: number): number {
    return (this.starts[index + 1] as number) - (this.starts[index] as number);
  }

  /** The samples of a class; shares memory, not to be changed. */
  of(index: number): Uint32Array {
    return this.samples.subarray(this.starts[index], this.starts[index + 1]);
  }

  /** Classes with at least `fewest` samples, in rising order. */
  classesWith(fewest: number): Uint32Array {
    return Uint32Array.from({ length: this.classCount }, (_, i) => i).filter((i) => this.sizeOf(i) >= fewest);
  }
}
