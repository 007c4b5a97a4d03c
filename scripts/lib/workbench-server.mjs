// How the VS Code server of the end-to-end tests and of `npm run studio` is set up: its extension, its settings, its arguments.
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Quiet, the same on every machine, and without anything that asks other hosts. */
const quietSettings = {
  'workbench.colorTheme': 'Dark Modern',
  'workbench.preferredDarkColorTheme': 'Dark Modern',
  'workbench.preferredLightColorTheme': 'Light Modern',
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'window.commandCenter': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'typescript.disableAutomaticTypeAcquisition': true,
};

/** Writes the server's settings; `changes` win over the quiet ones, settings that are there already win over both. */
export async function writeSettings(home, changes = {}) {
  const folder = path.join(home, 'user', 'User');
  const file = path.join(folder, 'settings.json');
  await mkdir(folder, { recursive: true });
  const before = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
  await writeFile(file, JSON.stringify({ ...quietSettings, ...changes, ...before }, null, 2));
  await writeFile(path.join(home, 'config.yaml'), 'auth: none\n');
}

/**
 * Copies the built extension as its package would hold it; the packages that it needs at run time are linked.
 * @param {string} [entry] source of an ES module in the place of the extension's, which is `./extension.mjs` to it
 */
export async function stageExtension(root, home, entry) {
  const { publisher, name, version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const extensions = path.join(home, 'extensions');
  // A server that has listed its extensions once does not look for new ones.
  await rm(extensions, { recursive: true, force: true });
  const target = path.join(extensions, `${publisher}.${name}-${version}`);
  await mkdir(target, { recursive: true });
  for (const file of readdirSync(root)) {
    if (/^(package(\.nls.*)?\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(file)) await cp(path.join(root, file), path.join(target, file));
  }
  const leftOut = [path.join(root, 'dist', 'test'), path.join(root, 'dist', 'bench')];
  for (const folder of ['dist', 'media', 'l10n'].filter((each) => existsSync(path.join(root, each)))) {
    await cp(path.join(root, folder), path.join(target, folder), { recursive: true, filter: (source) => !leftOut.includes(source) && !source.endsWith('.map') });
  }
  await symlink(path.join(root, 'node_modules'), path.join(target, 'node_modules'));
  if (entry === undefined) return;
  await writeFile(path.join(target, 'dist', 'entry.mjs'), entry);
  const manifest = JSON.parse(await readFile(path.join(target, 'package.json'), 'utf8'));
  await writeFile(path.join(target, 'package.json'), JSON.stringify({ ...manifest, main: './dist/entry.mjs' }));
}

/** Node.js and arguments that start the server; a port is given with `--bind-addr`. */
export function serverCommand(workbench, home) {
  return {
    command: path.join(workbench, 'node', 'bin', 'node'),
    args: [
      path.join(workbench, 'code-server', 'out', 'node', 'entry.js'),
      '--config', path.join(home, 'config.yaml'),
      '--user-data-dir', path.join(home, 'user'),
      '--extensions-dir', path.join(home, 'extensions'),
      '--auth', 'none',
      '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--disable-proxy',
    ],
  };
}

/** Environment in which the server keeps everything below its home. */
export function serverEnvironment(home, base = process.env) {
  const env = {
    ...base, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: path.join(home, 'cache'), XDG_RUNTIME_DIR: home, TMPDIR: home,
  };
  for (const name of ['VSCODE_IPC_HOOK_CLI', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT']) delete env[name];
  return env;
}

/**
 * Waits until the server answers.
 * @param {string} url with a slash at its end
 * @param {number} limitMs
 * @param {() => boolean} isRunning
 * @returns {Promise<boolean>} false when it ended or the time is over
 */
export async function waitUntilUp(url, limitMs, isRunning) {
  const endMs = Date.now() + limitMs;
  while (Date.now() < endMs && isRunning()) {
    const answered = await fetch(`${url}healthz`, { signal: AbortSignal.timeout(5_000) }).then((answer) => answer.ok, () => false);
    if (answered) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
