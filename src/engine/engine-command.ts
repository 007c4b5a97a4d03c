import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { UserError } from '../base/user-error';
import { engineFolder } from './engine-folder';
import { probeLibrary } from './probe';
import { librariesUnchanged, readChecksums, verifyChecksums, type Checksums } from './provisioning/checksums';
import { engineReport } from './provisioning/engine-report';
import { lockEngine, provisionEngine, readEngineRecord } from './provisioning/provision-engine';

const installOptionsSchema = z.object({
  fromFile: z.string().min(1, '--from-file needs the path of a wheel or an archive').optional(),
  indexUrl: z.url({ protocol: /^https?$/, error: '--index-url needs an address that begins with http:// or https://' }).optional(),
  libraryPath: z.string().min(1, '--library-path needs a folder').optional(),
  download: z.boolean().default(true),
  reinstall: z.boolean().default(false),
});

const statusOptionsSchema = z.object({ verify: z.boolean().default(false) });

/** `engine install`, `engine status` and `engine remove`. */
export function registerEngineCommands(program: Command, run: CommandRunner): void {
  const engine = program.command('engine').description('TensorFlow for this product: install it, look at it, remove it');
  const install = engine
    .command('install')
    .description('find or download the TensorFlow C library; needs no compiler')
    .option('--from-file <file>', 'install from this TensorFlow wheel or C library archive (no network needed)')
    .option('--index-url <url>', 'address of a package index (Simple API) to read the library from')
    .option('--library-path <folder>', 'use the TensorFlow library of this folder')
    .option('--no-download', 'use only what is on this machine already')
    .option('--reinstall', 'fetch the library again');
  run(install, (_args, options, context) => installCommand(options, context));
  const status = engine.command('status').description('which engine is installed, and what was tried to get it').option('--verify', "compare the library's SHA-256 with the one of its installation");
  run(status, (_args, options, context) => statusCommand(options, context));
  run(engine.command('remove').description('delete the installed engine from the disk'), (_args, _options, context) => removeCommand(context));
}

async function installCommand(options: Record<string, unknown>, context: CommandContext): Promise<CommandResult> {
  const { fromFile, indexUrl, libraryPath, download, reinstall } = parseOptions(installOptionsSchema, options);
  if (fromFile !== undefined && libraryPath !== undefined) throw new UserError('--from-file and --library-path exclude each other.', 'Give only one of them.');
  const record = await provisionEngine({
    env: process.env,
    ...(fromFile === undefined ? {} : { fromFile }),
    ...(indexUrl === undefined ? {} : { indexUrl }),
    ...(libraryPath === undefined ? {} : { libraryPath }),
    allowDownload: download,
    reinstall,
    progress: context.progress,
    signal: context.signal,
    probe: probeLibrary,
  });
  return { result: { ...record }, text: engineReport(record) };
}

async function statusCommand(options: Record<string, unknown>, context: CommandContext): Promise<CommandResult> {
  const { verify } = parseOptions(statusOptionsSchema, options);
  const folder = engineFolder(process.env);
  const record = await readEngineRecord(folder);
  if (!record) return { result: { installed: false, folder }, text: `No engine is installed in ${folder}. Run: mobilefacenet engine install` };
  const checksums = await readChecksums(folder);
  if (record.kind === 'wasm' || !checksums) {
    if (verify) throw new UserError(`There is no checksum of a native library in ${folder}.`, 'Run: mobilefacenet engine install');
    return { result: { installed: true, folder, record }, text: engineReport(record) };
  }
  if (verify) await verifyWithProgress(checksums, context);
  const unchanged = await librariesUnchanged(checksums, process.platform);
  const files = checksums.libraries.map(({ name, sizeBytes, sha256 }) => `  ${name}  ${(sizeBytes / 1e6).toFixed(1)} MB  sha256 ${sha256}`);
  const state = verify ? 'The libraries are the ones that were installed (SHA-256).' : unchanged ? 'The libraries are unchanged.' : 'The libraries have changed since. Run: mobilefacenet engine install';
  return {
    result: { installed: true, folder, record, libraries: checksums.libraries, unchanged, verified: verify },
    text: [engineReport(record), ...files, state].join('\n'),
  };
}

async function verifyWithProgress(checksums: Checksums, context: CommandContext): Promise<void> {
  let done = 0;
  const total = checksums.libraries.length;
  await verifyChecksums(checksums, (name) => context.progress.report({ label: 'Checking the libraries', done: done++, total, unit: 'files', detail: name }), context.signal);
}

async function removeCommand(context: CommandContext): Promise<CommandResult> {
  const folder = engineFolder(process.env);
  if (!(await stat(folder).catch(() => undefined))) return { result: { removed: false, folder }, text: `There is no engine in ${folder}.` };
  const lock = await lockEngine(folder, context);
  try {
    const record = await readEngineRecord(folder);
    await rm(folder, { recursive: true, force: true });
    const inPlace = record?.libraryPath !== undefined && path.resolve(record.libraryPath) !== path.resolve(folder);
    const note = inPlace ? ` TensorFlow in ${record.libraryPath ?? ''} was used in place and stays.` : '';
    return { result: { removed: true, folder }, text: `Removed ${folder}.${note}` };
  } finally {
    await lock.release();
  }
}

function parseOptions<T>(schema: z.ZodType<T>, options: Record<string, unknown>): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new UserError(`${parsed.error.issues[0]?.message ?? 'An option is wrong'}.`, 'See: mobilefacenet engine --help');
}
