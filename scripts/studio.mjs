// `npm run studio [-- FOLDER] [--port N]`: the extension in a VS Code workbench in the browser, for trying it without installing anything.
// Without a folder it opens a workspace of its own with drawn sample photos. Ends with Ctrl+C; the workspace stays.
import { mkdir } from 'node:fs/promises';
import { existsSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ScriptError, exitWithError, printLine } from './lib/console.mjs';
import { endChildrenOnSignals, runInherited } from './lib/child-process.mjs';
import { serverCommand, serverEnvironment, stageExtension, waitUntilUp, writeSettings } from './lib/workbench-server.mjs';
import { provideWorkbench } from './fetch-workbench.mjs';
import { cacheFolder, projectRoot, setUp, step } from './setup.mjs';

const sampleLimitMs = 3 * 60_000;
const startLimitMs = 60_000;

const stopEnding = endChildrenOnSignals();
await main().catch(exitWithError);

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { port: { type: 'string', default: '8123' }, 'no-browser': { type: 'boolean', default: false } } });
  const port = await freePort(Number(values.port));
  await setUp();
  const workbench = await provideWorkbench();
  const workspace = positionals[0] === undefined ? await sampleWorkspace() : path.resolve(process.env.INIT_CWD ?? process.cwd(), positionals[0]);
  if (!existsSync(workspace)) throw new ScriptError(`${workspace} does not exist. Give a folder that does, or none for the sample.`);
  const home = path.join(cacheFolder, 'studio', 'home');
  await stageExtension(projectRoot, home);
  await writeSettings(home, { 'security.workspace.trust.enabled': false });
  const url = `http://127.0.0.1:${port}/`;
  const { command, args } = serverCommand(workbench, home);
  // The engine of this machine is used; a home of its own would ask for a second one.
  const engineHome = process.env.MOBILEFACENET_ENGINE_HOME ?? path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'mobilefacenet-studio', 'engine');
  const env = { ...serverEnvironment(home), MOBILEFACENET_ENGINE_HOME: engineHome };
  const log = openSync(path.join(cacheFolder, 'studio', 'server.log'), 'w');
  stopEnding();
  let isRunning = true;
  const running = runInherited(command, [...args, '--disable-workspace-trust', '--bind-addr', `127.0.0.1:${port}`], { cwd: projectRoot, env, stdio: ['ignore', log, log] });
  void running.finally(() => {
    isRunning = false;
  });
  if (!(await waitUntilUp(url, startLimitMs, () => isRunning))) throw new ScriptError(`The workbench did not start on port ${port}; the reason is in ${path.join(cacheFolder, 'studio', 'server.log')}.`);
  const address = `${url}?folder=${encodeURIComponent(workspace)}`;
  printLine(`MobileFaceNet Studio is open at ${address}`);
  printLine('Press Ctrl+C to end it. A training that runs goes on.');
  if (!values['no-browser']) openBrowser(address);
  process.exitCode = await running;
}

/** A workspace that stays from one start to the next. */
async function sampleWorkspace() {
  const workspace = path.join(cacheFolder, 'studio', 'workspace');
  const photos = path.join(workspace, 'sample');
  if (existsSync(photos)) return workspace;
  await mkdir(workspace, { recursive: true });
  const result = await step('Drawing the sample photos', 'studio-sample', sampleLimitMs, process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), 'sample', photos]);
  if (result.code !== 0) throw new ScriptError(`The sample photos could not be drawn; the reason is in ${result.logFile}.`);
  return workspace;
}

/** @throws ScriptError when the port is taken or is none */
async function freePort(port) {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new ScriptError('--port needs a number from 1 to 65535.');
  await new Promise((resolve, reject) => {
    const probe = createServer().on('error', () => reject(new ScriptError(`Port ${port} is in use. Try another one: npm run studio -- --port ${port + 1}`)));
    probe.listen(port, '127.0.0.1', () => probe.close(resolve));
  });
  return port;
}

function openBrowser(address) {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? ['xdg-open'];
  // No browser is no failure: the address is on the screen.
  spawn(command, [...args, address], { stdio: 'ignore', detached: true }).on('error', () => undefined).unref();
}
