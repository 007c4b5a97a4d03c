import type { Program } from './v3/program';

/** What runs on the board and loads models. */
export interface Firmware {
  readonly name: string;
  readonly loads: boolean;
  /** Why not, or what must be minded; a sentence. */
  readonly remark: string;
}

const mebibyte = 1024 * 1024;
/** Memory that is left for a model and its buffers (design document "k210-kmodel", section 6.9). */
const firmwares = [
  { name: 'MaixPy v1, usual build', versions: [3], freeBytes: 2 * mebibyte },
  { name: 'MaixPy v1, minimal build', versions: [3], freeBytes: 3.5 * mebibyte },
  { name: 'MaixPy v1, build with kmodel v4', versions: [3, 4], freeBytes: 2 * mebibyte },
  { name: 'Kendryte standalone SDK or Arduino', versions: [3, 4], freeBytes: 5 * mebibyte },
] as const;
/** Loaders put the file at a multiple of this. */
const alignmentBytes = 256;

/** Bytes of the board's memory that a model takes: file, work buffer, and the copy of float weights that the runtime makes. */
export function neededMemoryBytes(fileBytes: number, program: Program): number {
  const copied = program.layers.reduce((most, layer) => (layer.kind === 'fullyConnected' ? Math.max(most, layer.weights.byteLength + layer.bias.byteLength) : most), 0);
  return fileBytes + alignmentBytes + program.mainMemoryBytes + copied;
}

export function firmwareFor(version: 3 | 4, neededBytes: number): Firmware[] {
  return firmwares.map(({ name, versions, freeBytes }) => {
    const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
    if (!versions.some((known) => known === version)) return { name, loads: false, remark: `It does not know version ${version}.` };
    if (neededBytes > freeBytes) return { name, loads: false, remark: `It leaves about ${kib(freeBytes)} KiB; ${kib(neededBytes)} KiB are needed.` };
    return { name, loads: true, remark: `About ${kib(freeBytes - neededBytes)} KiB stay free.` };
  });
}

/** What to say of a model that usual builds have no room for. */
export function memoryNotes(neededBytes: number): string[] {
  const [usual] = firmwares;
  if (neededBytes <= usual.freeBytes) return [];
  return [`It needs ${(neededBytes / 1024).toFixed(0)} KiB for file and buffers; usual MaixPy builds leave about ${usual.freeBytes / 1024} KiB: use a minimal build.`];
}
