import { randomUUID } from 'node:crypto';
import type * as h5wasm from 'h5wasm/node';
import type { Weight } from '../../network-spec';

/** The tree of an HDF5 file, as far as Keras uses HDF5: texts as attributes, float tensors as datasets. */
export interface Hdf5Group {
  readonly attributes: ReadonlyMap<string, string | readonly string[]>;
  readonly groups: ReadonlyMap<string, Hdf5Group>;
  readonly datasets: ReadonlyMap<string, Weight>;
}

/** Serializes a tree as an HDF5 file: datasets float32 and contiguous, lists of texts as byte strings of one length (as h5py does). */
export async function encodeHdf5(root: Hdf5Group): Promise<Uint8Array> {
  const { File, fileSystem } = await loadLibrary();
  return withScratchFile(fileSystem, (name) => {
    const file = new File(name, 'w');
    try {
      writeGroup(file, root);
    } finally {
      file.close();
    }
    return fileSystem.readFile(name);
  });
}

/** @throws Error saying what is wrong when the bytes are not an HDF5 file */
export async function decodeHdf5(bytes: Uint8Array): Promise<Hdf5Group> {
  const { File, Group, Dataset, fileSystem } = await loadLibrary();
  return withScratchFile(fileSystem, (name) => {
    if (!isHdf5(bytes)) throw new Error('it does not begin as an HDF5 file');
    fileSystem.writeFile(name, bytes);
    const file = new File(name, 'r');
    try {
      const readGroup = (group: h5wasm.Group): Hdf5Group => {
        const groups = new Map<string, Hdf5Group>();
        const datasets = new Map<string, Weight>();
        for (const key of group.keys()) {
          const entry = group.get(key);
          if (entry instanceof Group) groups.set(key, readGroup(entry));
          else if (entry instanceof Dataset) {
            const weight = numericWeight(entry.shape ?? [], entry.value);
            if (weight) datasets.set(key, weight);
          }
        }
        const attributes = Object.entries(group.attrs).flatMap(([key, attribute]) => {
          const value = textValue(attribute.value);
          return value === undefined ? [] : [[key, value] as const];
        });
        return { attributes: new Map(attributes), groups, datasets };
      };
      return readGroup(file);
    } finally {
      file.close();
    }
  });
}

/** True when the bytes begin with HDF5's signature. */
export function isHdf5(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'));
}

/** The part of the library's in-memory file system that is used. */
interface ScratchFiles {
  readFile(name: string): Uint8Array;
  writeFile(name: string, bytes: Uint8Array): void;
  unlink(name: string): void;
}

async function loadLibrary(): Promise<Pick<typeof h5wasm, 'File' | 'Group' | 'Dataset'> & { fileSystem: ScratchFiles }> {
  const library = await import('h5wasm/node');
  const { FS, activate_throwing_error_handler: throwErrors } = await library.ready;
  // Else the library prints its errors and goes on with invalid handles.
  throwErrors();
  return { File: library.File, Group: library.Group, Dataset: library.Dataset, fileSystem: FS as unknown as ScratchFiles };
}

function withScratchFile<T>(files: ScratchFiles, use: (name: string) => T): T {
  const name = `/${randomUUID()}.h5`;
  try {
    return use(name);
  } finally {
    try {
      files.unlink(name);
    } catch {
      // It was not made.
    }
  }
}

function writeGroup(target: h5wasm.Group, group: Hdf5Group): void {
  for (const [name, value] of group.attributes) {
    if (typeof value === 'string') target.create_attribute(name, value);
    // An empty list has no place in HDF5's attributes; Keras reads an absent one as empty.
    else if (value.length > 0) target.create_attribute(name, [...value], [value.length], `S${Math.max(1, ...value.map((text) => Buffer.byteLength(text)))}`);
  }
  for (const [name, { shape, data }] of group.datasets) target.create_dataset({ name, data, shape: [...shape], dtype: '<f4' });
  for (const [name, inner] of group.groups) writeGroup(target.create_group(name), inner);
}

function numericWeight(shape: readonly number[], value: unknown): Weight | undefined {
  if (value instanceof Float32Array) return { shape: [...shape], data: value.slice() };
  if (value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array) return { shape: [...shape], data: Float32Array.from(value) };
  return typeof value === 'number' ? { shape: [], data: Float32Array.of(value) } : undefined;
}

function textValue(value: unknown): string | string[] | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value : undefined;
}
