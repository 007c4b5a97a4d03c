import { stat } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import path from 'node:path';
import packageJson from '../../package.json';
import { freeDiskBytes } from '../base/atomic-file';
import { packagesFolder, productVersion } from '../base/product';
import { errorText } from '../base/user-error';
import { engineFolder } from './engine-folder';
import { locateEngine } from './locate-engine';
import { triedLines } from './provisioning/engine-report';
import { officialArchives } from './provisioning/official-archives';
import { readEngineRecord } from './provisioning/provision-engine';
import { defaultTimeouts, type LibraryProbe } from './provisioning/provisioning-step';

export type CheckState = 'ok' | 'warning' | 'problem';

/** One thing that the doctor looked at. */
export interface DoctorCheck {
  readonly name: string;
  readonly state: CheckState;
  /** What was found, in one sentence. */
  readonly message: string;
  /** What to do about it; absent when all is well. */
  readonly action?: string;
}

export interface DoctorSubject {
  readonly env: NodeJS.ProcessEnv;
  /** Folder where the user works. */
  readonly workFolder: string;
  readonly probe: LibraryProbe;
  /** Folder of the packages, e.g. `node_modules`. */
  readonly packages?: string;
}

const installAction = 'Run: mobilefacenet engine install';
const gigabyte = 1e9;
/** The libraries and their download. */
const engineDiskBytes = 1.2 * gigabyte;
const workDiskBytes = 1 * gigabyte;
/** A training of the paper's network with batches of 64 faces stays below this. */
const comfortableMemoryBytes = 3.5 * gigabyte;
const detectorModels = ['ssd_mobilenetv1_model', 'tiny_face_detector_model', 'face_landmark_68_model'];
const secondDetectorModels = ['blazeface', 'facemesh'];
const oldestGlibc = [2, 27] as const;

/** Looks at everything that the product needs. Never throws for what it finds. */
export async function examine(subject: DoctorSubject): Promise<DoctorCheck[]> {
  const cacheFolder = engineFolder(subject.env);
  return await Promise.all([
    ok('product', `MobileFaceNet Studio ${productVersion}.`),
    checkNode(process.versions.node),
    checkPlatform(process.platform, process.arch),
    ok('cores', `${availableParallelism()} processor cores.`),
    checkMemory(totalmem(), freemem()),
    checkDisk('disk of the engine', cacheFolder, (await readEngineRecord(cacheFolder))?.kind === 'native' ? 0 : engineDiskBytes),
    checkDisk('disk of the work folder', subject.workFolder, workDiskBytes),
    checkEngine(subject),
    checkPictures(),
    checkDetector(subject.packages ?? packagesFolder()),
    checkSecondDetector(subject.packages ?? packagesFolder()),
  ]);
}

/** @param version without the leading v */
export function checkNode(version: string): DoctorCheck {
  const oldest = packageJson.engines.node.replace('>=', '');
  if (compareVersions(version, oldest) >= 0) return ok('node', `Node ${version}.`);
  return { name: 'node', state: 'problem', message: `Node ${version} is too old.`, action: `Install Node ${oldest} or newer; 22 and 24 are fine.` };
}

/** @param glibc version of the C library on Linux; undefined where it is another one (musl) */
export function checkPlatform(platform: NodeJS.Platform, architecture: string, glibc = platform === 'linux' ? runtimeGlibc() : undefined): DoctorCheck {
  const name = 'platform';
  const title = `${platform}-${architecture}`;
  const action = 'Trainings run about ten times slower here; use a Linux, Windows or Apple silicon machine for long ones.';
  if (platform === 'linux' && glibc === undefined) return { name, state: 'warning', message: `${title} with another C library than glibc: there is no native TensorFlow for it.`, action };
  if (glibc !== undefined && compareVersions(glibc, oldestGlibc.join('.')) < 0) return { name, state: 'warning', message: `${title} with glibc ${glibc}: native TensorFlow needs ${oldestGlibc.join('.')}.`, action };
  const hasNative = title in officialArchives || title === 'linux-arm64';
  if (!hasNative) return { name, state: 'warning', message: `There is no native TensorFlow for ${title}.`, action };
  return ok(name, `${title}${glibc === undefined ? '' : ` with glibc ${glibc}`}.`);
}

export function checkMemory(totalBytes: number, freeBytes: number): DoctorCheck {
  const message = `${gigabytes(totalBytes)} of memory, ${gigabytes(freeBytes)} free.`;
  if (totalBytes >= comfortableMemoryBytes) return ok('memory', message);
  return { name: 'memory', state: 'warning', message, action: 'Train with small batches (--batch 16), or on a machine with 4 GB or more.' };
}

export async function checkDisk(name: string, folder: string, neededBytes: number): Promise<DoctorCheck> {
  try {
    const freeBytes = await freeDiskBytes(folder);
    const message = `${gigabytes(freeBytes)} free in ${folder}.`;
    if (freeBytes >= neededBytes) return ok(name, message);
    return { name, state: 'warning', message, action: `Free some space: ${gigabytes(neededBytes)} are needed.` };
  } catch (error) {
    return { name, state: 'problem', message: `${folder} cannot be examined: ${errorText(error)}`, action: 'Choose a folder that you may read and write.' };
  }
}

/** Which engine a job would use, and whether it really computes. */
export async function checkEngine({ env, probe }: Pick<DoctorSubject, 'env' | 'probe'>): Promise<DoctorCheck> {
  const name = 'engine';
  const record = await readEngineRecord(engineFolder(env));
  try {
    const location = await locateEngine({}, env);
    if (location.kind === 'wasm') {
      const tried = record ? triedLines(record).map((line) => line.trim()).join('; ') : '';
      return { name, state: 'warning', message: `Only the WebAssembly engine is there, which is about ten times slower than the native one.${tried ? ` Tried: ${tried}.` : ''}`, action: installAction };
    }
    const result = await probe(location.libraryPath, { timeoutMs: defaultTimeouts.probeMs });
    if (result.ok) return ok(name, `TensorFlow ${result.version} computes (${location.libraryPath}; ${result.devices.join(', ')}).`);
    return { name, state: 'problem', message: `TensorFlow in ${location.libraryPath} does not run: ${firstLine(result.why)}`, action: `${installAction} --reinstall` };
  } catch (error) {
    return { name, state: 'warning', message: errorText(error), action: installAction };
  }
}

async function checkPictures(): Promise<DoctorCheck> {
  const name = 'pictures';
  try {
    const { default: sharp } = await import('sharp');
    await sharp({ create: { width: 2, height: 2, channels: 3, background: 'white' } }).jpeg().toBuffer();
    return ok(name, `sharp ${sharp.versions.sharp ?? ''} with libvips ${sharp.versions.vips} reads and writes pictures.`);
  } catch (error) {
    return { name, state: 'problem', message: `sharp does not load: ${firstLine(errorText(error))}`, action: 'Install the packages for this platform again: npm ci' };
  }
}

/** The detector's weights lie in its package. */
export async function checkDetector(packages: string): Promise<DoctorCheck> {
  const name = 'face detector';
  const folder = path.join(packages, '@vladmandic', 'face-api', 'model');
  const missing = await missingFiles(folder, detectorModels.flatMap((model) => [`${model}.bin`, `${model}-weights_manifest.json`]));
  if (missing.length === 0) return ok(name, `${detectorModels.length} detector models are there.`);
  return { name, state: 'problem', message: `${missing.join(', ')} missing in ${folder}.`, action: 'Install the packages again: npm ci' };
}

/** `--detector human` is a choice, so its absence is no problem for the rest. */
export async function checkSecondDetector(packages: string): Promise<DoctorCheck> {
  const name = 'second face detector';
  const folder = path.join(packages, '@vladmandic', 'human');
  const models = secondDetectorModels.flatMap((model) => [`${model}.bin`, `${model}.json`].map((file) => path.join('models', file)));
  const missing = await missingFiles(folder, [path.join('dist', 'human.node-wasm.js'), ...models]);
  if (missing.length === 0) return ok(name, 'human and its models are there (`dataset prepare --detector human`).');
  return { name, state: 'warning', message: `${missing.join(', ')} missing in ${folder}: --detector human does not work.`, action: 'Install the packages again: npm ci' };
}

async function missingFiles(folder: string, files: readonly string[]): Promise<string[]> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(folder, file)).catch(() => undefined))?.size ?? 0));
  return files.filter((_file, index) => sizes[index] === 0);
}

function ok(name: string, message: string): DoctorCheck {
  return { name, state: 'ok', message };
}

function runtimeGlibc(): string | undefined {
  const report: unknown = process.report.getReport();
  const header = typeof report === 'object' && report !== null && 'header' in report ? report.header : undefined;
  const version = typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header ? header.glibcVersionRuntime : undefined;
  return typeof version === 'string' ? version : undefined;
}

/** Negative, zero or positive, as for sorting. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function gigabytes(bytes: number): string {
  return `${(bytes / gigabyte).toFixed(1)} GB`;
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? text;
}
