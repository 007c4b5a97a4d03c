import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ChildCommandResult } from './child-command';
import { ProvisioningFailure, requireDownloads, type ProvisioningStep, type StepContext } from './provisioning-step';
import { pythonCommands, runPython, type PythonCommand } from './python-step';
import { tensorflowPackage, type TensorflowPackage } from './tensorflow-package';
import { unpackLibraries } from './unpack-libraries';

/** Python versions whose wheels are asked for when the local Python has none of its own. */
const crossVersions = ['311', '312', '313', '310'];
const sizePollMs = 500;
const networkMessage = /NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Name or service not known|Temporary failure in name resolution|Failed to establish/;

/**
 * `pip download` with the user's own pip configuration (index, mirror, proxy, credentials, local folders), of which the
 * libraries are then unpacked. pip's default of five retries would wait minutes for a dead index, hence none.
 */
export const pipStep: ProvisioningStep = {
  name: 'pip',
  async run(context) {
    requireDownloads(context);
    const tensorflow = tensorflowPackage(context.platform, context.architecture);
    const python = await findPip(context);
    await context.requireDiskSpace();
    const folder = path.join(context.downloadFolder, 'pip');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      return await unpackLibraries(await downloadWheel(python, tensorflow, folder, context), context);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function findPip(context: StepContext): Promise<PythonCommand> {
  let reason = 'there is no Python 3 on PATH';
  for (const python of pythonCommands(context.platform)) {
    const result = await runPython(python, ['-m', 'pip', '--version'], context, context.timeouts.pythonMs);
    if (result.exitCode === 0) return python;
    if (result.exitCode !== undefined) reason = 'the Python on PATH has no pip';
  }
  throw new ProvisioningFailure(reason);
}

async function downloadWheel(python: PythonCommand, tensorflow: TensorflowPackage, folder: string, context: StepContext): Promise<string> {
  let reason = '';
  for (const version of [undefined, ...crossVersions]) {
    const result = await runPip(python, tensorflow, folder, version, context);
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (result.exitCode === 0 && wheel !== undefined) return path.join(folder, wheel);
    // The answer of the local Python's own tags says most; the others only say that there is no wheel.
    reason ||= failureReason(result, context);
    if (result.timedOut || networkMessage.test(result.stderr)) break;
  }
  throw new ProvisioningFailure(reason);
}

async function runPip(
  python: PythonCommand,
  tensorflow: TensorflowPackage,
  folder: string,
  crossVersion: string | undefined,
  context: StepContext,
): Promise<ChildCommandResult> {
  const cross =
    crossVersion === undefined
      ? []
      : ['--implementation', 'cp', '--python-version', crossVersion, '--abi', `cp${crossVersion}`, ...tensorflow.platformTags.flatMap((tag) => ['--platform', tag])];
  const args = ['-m', 'pip', 'download', `${tensorflow.name}==${tensorflow.version}`, '--no-deps', '--only-binary=:all:'];
  const limits = ['--retries', '0', '--timeout', '5', '--no-input', '--disable-pip-version-check', '--quiet', '--dest', folder];
  // pip's own temporary files go below the folder that is removed in the end, also when pip was killed.
  const temporary = { TMPDIR: folder, TEMP: folder, TMP: folder };
  const stopProgress = reportFolderSize(folder, context);
  try {
    return await runPython(python, [...args, ...limits, ...cross], context, context.timeouts.pipMs, temporary);
  } finally {
    stopProgress();
  }
}

function failureReason(result: ChildCommandResult, context: StepContext): string {
  if (result.timedOut) return `pip did not finish within ${context.timeouts.pipMs / 1000} s`;
  const hasNetworkError = networkMessage.test(result.stderr);
  const lines = result.stderr.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line.startsWith('ERROR:')).at(-1) ?? lines.filter((line) => line !== '').at(-1);
  const text = (last ?? 'pip gave no reason').replace(/^ERROR:\s*/, '').slice(0, 200);
  return hasNetworkError ? `pip did not reach its package index (${text})` : `pip: ${text}`;
}

/** pip tells no progress to programs; the size of its files does. */
function reportFolderSize(folder: string, context: StepContext): () => void {
  const label = 'Fetching TensorFlow with pip';
  context.progress.report({ label, done: 0, unit: 'bytes' });
  const timer = setInterval(() => {
    void folderBytes(folder).then((done) => context.progress.report({ label, done, unit: 'bytes' }));
  }, sizePollMs);
  return () => clearInterval(timer);
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name)).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}
