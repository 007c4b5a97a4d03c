import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import packageJson from '../../../package.json';
import { freeDiskBytes, writeJsonAtomic } from '../../base/atomic-file';
import { HttpClient } from '../../base/download/http-client';
import { CancelledError, UserError, errorText, throwIfCancelled } from '../../base/user-error';
import { engineRecordSchema, type EngineRecord } from '../engine-record';
import { libraryNames } from '../engine-folder';
import { archiveStep } from './archive-step';
import { writeChecksums } from './checksums';
import { configuredStep } from './configured-step';
import { existingStep } from './existing-step';
import { fileStep } from './file-step';
import { indexStep } from './index-step';
import { officialArchiveUrl, officialArchives } from './official-archives';
import { pipStep } from './pip-step';
import type { ProvisioningOptions } from './provisioning-options';
import { ProvisioningFailure, defaultTimeouts, type ProvisioningStep, type StepContext } from './provisioning-step';
import { pythonStep } from './python-step';

const steps: readonly ProvisioningStep[] = [existingStep, configuredStep, pythonStep, archiveStep, indexStep, pipStep, fileStep];
const defaultOrder = ['existing', 'configured', 'python', 'archive', 'index', 'pip'];

/** Room for the download (up to 273 MB) beside the libraries (853 MB). */
const neededDiskBytes = 1_200_000_000;
const whyLimit = 240;

/** A library that passed its probe. */
interface Candidate {
  readonly step: string;
  readonly folder: string;
  readonly version: string;
  readonly devices: string[];
}

type Tried = EngineRecord['tried'];

/** Tries the steps in order and writes `engine.json`; the caller holds the engine's lock. */
export async function installEngine(folder: string, options: ProvisioningOptions): Promise<EngineRecord> {
  const http = new HttpClient(options.env, { ...defaultTimeouts, ...options.timeouts });
  const context = createContext(folder, http, options);
  try {
    const tried: Tried = [];
    const candidate = await firstThatRuns(chosenSteps(options), context, options, tried);
    if (candidate) return await recordNative(candidate, tried, context);
    refuseNamedSource(options, tried);
    return await recordFallback(tried, context);
  } finally {
    await http.close();
    await rm(context.stagingFolder, { recursive: true, force: true });
    // Both go only when they are empty: a cancelled download stays.
    await rmdir(context.downloadFolder).catch(() => undefined);
    await rmdir(folder).catch(() => undefined);
  }
}

function createContext(folder: string, http: HttpClient, options: ProvisioningOptions): StepContext {
  const freeBytes = options.freeDiskBytes ?? freeDiskBytes;
  return {
    env: options.env,
    platform: process.platform,
    architecture: process.arch,
    folder,
    stagingFolder: path.join(folder, '.staging'),
    downloadFolder: path.join(folder, 'downloads'),
    libraryPath: options.libraryPath,
    fromFile: options.fromFile,
    indexUrl: options.indexUrl ?? options.env['MOBILEFACENET_ENGINE_INDEX'],
    archiveUrl: options.archiveUrl ?? officialArchiveUrl,
    archives: options.archives ?? officialArchives,
    allowDownload: options.allowDownload ?? true,
    http,
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    progress: options.progress,
    signal: options.signal,
    requireDiskSpace: async () => requireDiskSpace(folder, await freeBytes(folder)),
  };
}

function requireDiskSpace(folder: string, freeBytes: number): void {
  if (freeBytes >= neededDiskBytes) return;
  throw new UserError(
    `The engine needs ${(neededDiskBytes / 1e9).toFixed(1)} GB in ${folder}, where ${(freeBytes / 1e9).toFixed(1)} GB are free.`,
    'Free some space, set MOBILEFACENET_ENGINE_HOME to a folder on another disk, or use --no-download for the slow engine.',
  );
}

function chosenSteps(options: ProvisioningOptions): ProvisioningStep[] {
  if (options.fromFile !== undefined) return [fileStep];
  if (options.libraryPath !== undefined) return [configuredStep];
  const order = options.order ?? defaultOrder;
  // A new installation comes first then, but an engine that works is not given up for none.
  const names = options.reinstall === true ? [...order.filter((name) => name !== 'existing'), 'existing'] : order;
  return names.map((name) => {
    const step = steps.find((each) => each.name === name);
    if (!step) throw new Error(`There is no provisioning step "${name}"`);
    return step;
  });
}

async function firstThatRuns(chosen: readonly ProvisioningStep[], context: StepContext, options: ProvisioningOptions, tried: Tried): Promise<Candidate | undefined> {
  for (const step of chosen) {
    throwIfCancelled(context.signal, 'The engine installation');
    await rm(context.stagingFolder, { recursive: true, force: true });
    await mkdir(context.stagingFolder, { recursive: true });
    const started = performance.now();
    try {
      return await probed(step, await step.run(context), context, options);
    } catch (error) {
      if (error instanceof CancelledError || error instanceof UserError) throw error;
      const seconds = Math.round(performance.now() - started) / 1000;
      tried.push({ step: step.name, why: oneLine(errorText(error)), seconds });
    }
  }
  return undefined;
}

async function probed(step: ProvisioningStep, folder: string, context: StepContext, options: ProvisioningOptions): Promise<Candidate> {
  context.progress.report({ label: 'Trying the library', done: 0, unit: 'steps' });
  const result = await options.probe(folder, { timeoutMs: context.timeouts.probeMs, signal: context.signal });
  throwIfCancelled(context.signal, 'The engine installation');
  if (!result.ok) throw new ProvisioningFailure(`the library in ${folder} does not run: ${result.why}`);
  return { step: step.name, folder, version: result.version, devices: [...result.devices] };
}

async function recordNative(candidate: Candidate, tried: Tried, context: StepContext): Promise<EngineRecord> {
  const { folder, stagingFolder, platform } = context;
  const isOwn = candidate.folder === stagingFolder;
  if (isOwn) {
    for (const name of libraryNames(platform)) await rename(path.join(stagingFolder, name), path.join(folder, name));
  }
  const libraryPath = isOwn ? folder : candidate.folder;
  await writeChecksums(folder, libraryPath, platform, context.signal);
  await rm(context.downloadFolder, { recursive: true, force: true });
  return await writeRecord(folder, { kind: 'native', libraryPath, version: candidate.version, devices: candidate.devices, step: candidate.step, tried });
}

async function recordFallback(tried: Tried, context: StepContext): Promise<EngineRecord> {
  const version = packageJson.dependencies['@tensorflow/tfjs-backend-wasm'];
  return await writeRecord(context.folder, { kind: 'wasm', version, devices: ['WebAssembly'], step: 'none', tried });
}

async function writeRecord(folder: string, fields: Omit<EngineRecord, 'format' | 'createdAt'>): Promise<EngineRecord> {
  const record = engineRecordSchema.parse({ format: 1, createdAt: new Date().toISOString(), ...fields });
  await writeJsonAtomic(path.join(folder, 'engine.json'), record);
  return record;
}

/** What the user named must work; falling back silently would hide a wrong path. */
function refuseNamedSource(options: ProvisioningOptions, tried: Tried): void {
  const why = tried.at(-1)?.why ?? 'unknown reason';
  if (options.fromFile !== undefined) {
    throw new UserError(`${options.fromFile} cannot be used as the engine: ${why}.`, 'Name a TensorFlow wheel or an official C library archive for this platform.');
  }
  if (options.libraryPath !== undefined) {
    throw new UserError(`${options.libraryPath} cannot be used as the engine: ${why}.`, 'Name a folder with the TensorFlow C library, or clear the setting.');
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > whyLimit ? `${line.slice(0, whyLimit - 1)}…` : line;
}
