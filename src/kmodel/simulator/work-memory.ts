import { UserError } from '../../base/user-error';
import { kpuLineBytes, kpuLineCount, mapLines, readMap, writeMap, type MapPlace } from './kpu-memory';

/** The runtime's work buffer and the KPU's memory, guarded: the real runtime would overwrite what lies beyond. */
export class WorkMemory {
  private readonly main: Uint8Array;
  private readonly kpu = new Uint8Array(kpuLineBytes * kpuLineCount);

  /**
   * @param mainBytes size of the work buffer
   * @param name of the model, for messages
   */
  constructor(mainBytes: number, private readonly name: string) {
    this.main = new Uint8Array(Math.ceil(mainBytes / 8) * 8);
  }

  bytes(address: number, count: number): Uint8Array {
    this.checkMain(address, count);
    return this.main.slice(address, address + count);
  }

  singles(address: number, count: number): Float32Array {
    return new Float32Array(this.bytes(address, count * 4).buffer);
  }

  setBytes(address: number, values: Uint8Array): void {
    this.checkMain(address, values.length);
    this.main.set(values, address);
  }

  setSingles(address: number, values: Float32Array): void {
    this.setBytes(address, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  map(place: MapPlace): Uint8Array {
    this.checkKpu(place);
    return readMap(this.kpu, place);
  }

  setMap(place: MapPlace, packed: Uint8Array): void {
    this.checkKpu(place);
    writeMap(this.kpu, place, packed);
  }

  /** @throws UserError when the work buffer has no such bytes */
  checkMain(address: number, count: number): void {
    if (address + count <= this.main.length) return;
    throw new UserError(
      `${this.name} reaches bytes ${address} to ${address + count} of a work buffer of ${this.main.length}.`,
      'The model would overwrite other memory of the board: convert it again.',
    );
  }

  private checkKpu({ width, height, channels, line }: MapPlace): void {
    const end = line + mapLines(width, height, channels);
    if (end <= kpuLineCount) return;
    throw new UserError(`${this.name} needs lines up to ${end} of the KPU's ${kpuLineCount}.`, 'Use a smaller input or a narrower network.');
  }
}
