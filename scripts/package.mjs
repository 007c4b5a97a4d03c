// `npm run package [-- --target linux-x64] [-- --out FOLDER]`: makes the extension's package (VSIX) for one platform. What it holds is put
// together in .cache/package/<target>/: the bundles, beside them those files of packages that they load, media and documents.
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ScriptError, exitWithError, printLine } from './lib/console.mjs';
import { endChildrenOnSignals } from './lib/child-process.mjs';
import { runtimeFiles, targets } from './lib/runtime-files.mjs';
import { cacheFolder, npmCommand, npmReason, projectRoot, setUp, step } from './setup.mjs';

const stepLimitMs = 5 * 60_000;
/** Larger packages are refused: somebody has to look at what came in. */
const largestPackageBytes = 25_000_000;
const documents = ['README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore'];

endChildrenOnSignals();
if (process.argv[1] === path.join(projectRoot, 'scripts', 'package.mjs')) await main().catch(exitWithError);

async function main() {
  const { values } = parseArgs({ options: { target: { type: 'string', default: hostTarget() }, out: { type: 'string', default: projectRoot } } });
  await setUp();
  const file = await makePackage(values.target, path.resolve(values.out));
  printLine(`${file}  ${((await stat(file)).size / 1e6).toFixed(1)} MB`);
}

/** This machine's platform in VS Code's words, e.g. `linux-x64`. */
export function hostTarget() {
  return `${process.platform}-${process.arch}`;
}

/**
 * Makes the VSIX of a platform; bundles must be current.
 * @param {string} target e.g. `linux-x64`
 * @param {string} outFolder
 * @returns {Promise<string>} the file
 * @throws ScriptError with one sentence
 */
export async function makePackage(target, outFolder) {
  if (!targets.includes(target)) throw new ScriptError(`There is no package for ${target}; the platforms are ${targets.join(', ')}.`);
  const folder = path.join(cacheFolder, 'package', target);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const root = target === hostTarget() ? projectRoot : await installFor(target);
  await stageProduct(folder);
  await stagePackages(root, target, path.join(folder, 'dist', 'node_modules'));
  await mkdir(outFolder, { recursive: true });
  const { name, version } = JSON.parse(await readFile(path.join(projectRoot, 'package.json'), 'utf8'));
  const file = path.join(outFolder, `${name}-${target}-${version}.vsix`);
  await vsce(folder, target, file);
  const { size } = await stat(file);
  if (size > largestPackageBytes) throw new ScriptError(`${file} has ${(size / 1e6).toFixed(1)} MB; ${largestPackageBytes / 1e6} MB are allowed. Look at what .cache/package/${target} holds.`);
  return file;
}

/** The packages of another platform, in a folder of their own. */
async function installFor(target) {
  const folder = path.join(cacheFolder, 'package', `${target}-packages`);
  await mkdir(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) await cp(path.join(projectRoot, file), path.join(folder, file));
  const [os, cpu] = target.split('-');
  const npm = npmCommand();
  const libc = os === 'linux' ? ['--libc=glibc'] : [];
  const args = [...npm.args, 'ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', `--os=${os}`, `--cpu=${cpu}`, ...libc, '--loglevel=notice'];
  const result = await step(`Installing packages for ${target}`, `package-${target}`, stepLimitMs, npm.command, args, { cwd: folder });
  if (result.code !== 0) throw new ScriptError(`The packages for ${target} could not be installed: ${npmReason(result.output)}. The log is ${result.logFile}.`);
  return folder;
}

async function stageProduct(folder) {
  const manifest = JSON.parse(await readFile(path.join(projectRoot, 'package.json'), 'utf8'));
  // What only a clone needs: its scripts would run while the package is made, its packages lie beside the bundles.
  for (const key of ['scripts', 'devDependencies', 'dependencies', 'allowScripts', 'private']) delete manifest[key];
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const texts = readdirSync(projectRoot).filter((file) => /^package\.nls(\..+)?\.json$/.test(file));
  for (const file of [...documents, ...texts]) await cp(path.join(projectRoot, file), path.join(folder, file));
  const leftOut = ['test', 'bench', '.build-stamp', 'node_modules'].map((name) => path.join(projectRoot, 'dist', name));
  for (const name of ['dist', 'media', 'l10n'].filter((each) => existsSync(path.join(projectRoot, each)))) {
    await cp(path.join(projectRoot, name), path.join(folder, name), { recursive: true, filter: (source) => !leftOut.includes(source) && !source.endsWith('.map') });
  }
}

async function stagePackages(root, target, folder) {
  const files = await runtimeFiles(root, target).catch((error) => {
    throw new ScriptError(`${error.message} Run \`npm ci\`, then try again.`);
  });
  for (const file of files) {
    const copy = path.join(folder, file);
    await mkdir(path.dirname(copy), { recursive: true });
    await cp(path.join(root, 'node_modules', file), copy);
    await chmod(copy, 0o644);
  }
}

async function vsce(folder, target, file) {
  const program = path.join(projectRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = [program, 'package', '--target', target, '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--skip-license', '--out', file];
  const result = await step(`Packaging for ${target}`, `vsce-${target}`, stepLimitMs, process.execPath, args, { cwd: folder });
  if (result.code !== 0) throw new ScriptError(`vsce could not make the package; the reason is in ${result.logFile}.`);
}
