import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { libraryNames, tensorflowVersion } from '../../../src/engine/engine-folder';
import { tensorflowPackage } from '../../../src/engine/provisioning/tensorflow-package';
import type { LibraryProbe } from '../../../src/engine/provisioning/provisioning-step';
import type { FileServer } from './file-server';
import { sha256Of, tarGzOf, zipOf, type PackedFile } from './fake-archives';

const mark = 'fake TensorFlow ';

/** The content of a fake library; random, so that compression cannot make a download too short to be interrupted. */
export function fakeLibrary(text = 'good', sizeBytes = 300_000): Buffer {
  return Buffer.concat([Buffer.from(mark + text + '\n'), randomBytes(sizeBytes)]);
}

/** A probe that accepts fake libraries marked "good", and counts its calls. */
export function fakeProbe(): { probe: LibraryProbe; folders: string[] } {
  const folders: string[] = [];
  const probe: LibraryProbe = async (folder) => {
    folders.push(folder);
    for (const name of libraryNames()) {
      const text = (await readFile(path.join(folder, name))).toString('latin1', 0, 64);
      if (!text.startsWith(`${mark}good`)) return { ok: false, why: `${name} crashed` };
    }
    return { ok: true, version: '2.99.0', devices: ['CPU:0'] };
  };
  return { probe, folders };
}

/** A wheel with fake libraries and other files around them. */
export function fakeWheel(library: Buffer = fakeLibrary()): Buffer {
  const libraries = libraryNames().map((name): PackedFile => ({ path: `tensorflow/${name}`, data: library }));
  return zipOf([
    { path: 'tensorflow/__init__.py', data: Buffer.from('# nothing') },
    { path: 'tensorflow/python/_pywrap.so', data: randomBytes(900_000), stored: true },
    ...libraries,
    { path: `tensorflow/include/${libraryNames()[0] ?? ''}`, data: Buffer.from('another file of this name') },
    { path: 'tensorflow.dist-info/RECORD', data: Buffer.from('list') },
  ]);
}

/** An archive built like the official one for Linux, with its versioned names and links. */
export function fakeOfficialArchive(library: Buffer = fakeLibrary()): Buffer {
  return tarGzOf([
    { path: './include/tensorflow/c/c_api.h', data: Buffer.from('// header') },
    { path: './lib/libtensorflow.so', data: Buffer.alloc(0), linkTo: 'libtensorflow.so.2' },
    { path: './lib/libtensorflow.so.2', data: Buffer.alloc(0), linkTo: 'libtensorflow.so.2.18.0' },
    { path: './lib/libtensorflow.so.2.18.0', data: library },
    { path: './lib/libtensorflow_framework.so.2', data: Buffer.alloc(0), linkTo: 'libtensorflow_framework.so.2.18.0' },
    { path: './lib/libtensorflow_framework.so.2.18.0', data: library },
    { path: './THIRD_PARTY_TF_C_LICENSES', data: Buffer.from('licences') },
  ]);
}

/** File name of a wheel that fits this machine. */
export function wheelName(): string {
  const { name, platformTags } = tensorflowPackage(process.platform, process.arch);
  return `${name.replace('-', '_')}-${tensorflowVersion}-cp311-cp311-${platformTags[0] ?? ''}.whl`;
}

/** Puts a package index with one wheel on the server. @returns the address of the index */
export function serveIndex(server: FileServer, wheel: Buffer, options: { sha256?: string; withoutRanges?: boolean } = {}): string {
  const file = { filename: wheelName(), url: `../../files/${wheelName()}`, hashes: { sha256: options.sha256 ?? sha256Of(wheel) } };
  const page = { meta: { 'api-version': '1.0' }, name: 'tensorflow', files: [{ filename: 'tensorflow-0.1.tar.gz', url: '/none', hashes: {} }, file] };
  const { name } = tensorflowPackage(process.platform, process.arch);
  server.routes.set(`/simple/${name}/`, { data: Buffer.from(JSON.stringify(page)), contentType: 'application/vnd.pypi.simple.v1+json' });
  server.routes.set(`/files/${wheelName()}`, { data: wheel, etag: '"wheel"', ...(options.withoutRanges === true ? { withoutRanges: true } : {}) });
  return `${server.url}/simple/`;
}
