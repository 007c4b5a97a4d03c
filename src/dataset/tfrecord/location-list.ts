import type { RecordLocation } from './record-index';

const firstCapacity = 1024;

/** Where records lie, in a form that grows to millions without an object for each. Unlike in an index there may be gaps. */
export class LocationList {
  private used = 0;
  private offsets = new Float64Array(firstCapacity);
  private lengths = new Uint32Array(firstCapacity);
  private labels = new Int32Array(firstCapacity);
  private checksums = new Uint32Array(firstCapacity);

  get count(): number {
    return this.used;
  }

  add({ offset, length, label, checksum }: RecordLocation): void {
    if (this.used === this.offsets.length) this.grow();
    this.offsets[this.used] = offset;
    this.lengths[this.used] = length;
    this.labels[this.used] = label;
    this.checksums[this.used] = checksum;
    this.used++;
  }

  /** @throws RangeError when `i` is not in 0..count-1 */
  location(i: number): RecordLocation {
    this.requireKnown(i);
    return { offset: this.offsets[i] as number, length: this.lengths[i] as number, label: this.labels[i] as number, checksum: this.checksums[i] as number };
  }

  /** @throws RangeError as `location` */
  label(i: number): number {
    this.requireKnown(i);
    return this.labels[i] as number;
  }

  private requireKnown(i: number): void {
    if (!Number.isInteger(i) || i < 0 || i >= this.used) throw new RangeError(`record ${i} of ${this.used}`);
  }

  private grow(): void {
    const capacity = 2 * this.offsets.length;
    this.offsets = copyInto(new Float64Array(capacity), this.offsets);
    this.lengths = copyInto(new Uint32Array(capacity), this.lengths);
    this.labels = copyInto(new Int32Array(capacity), this.labels);
    this.checksums = copyInto(new Uint32Array(capacity), this.checksums);
  }
}

function copyInto<T extends { set(values: ArrayLike<number>): void }>(target: T, source: ArrayLike<number>): T {
  target.set(source);
  return target;
}
