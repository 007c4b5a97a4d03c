/** A list of numbers that grows at its end, in one typed array, so that long histories stay compact and cheap to send. */
export class GrowingColumn {
  private values: Float64Array;
  private count: number;

  /** @param initial is taken over, not copied: whoever gives it must not use it any more */
  constructor(initial: Float64Array = new Float64Array(0)) {
    this.values = initial;
    this.count = initial.length;
  }

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new Float64Array(Math.max(64, this.values.length * 2));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }

  truncate(length: number): void {
    this.count = Math.min(this.count, length);
  }

  last(): number | undefined {
    return this.count === 0 ? undefined : this.values[this.count - 1];
  }

  /** A view, valid until the next change. */
  view(): Float64Array {
    return this.values.subarray(0, this.count);
  }

  copy(): Float64Array {
    return this.values.slice(0, this.count);
  }
}
