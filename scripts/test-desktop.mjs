// `npm run test:desktop [-- VERSION]`: the smoke test in the real desktop VS Code, for machines that can download it (on Linux without a
// screen under xvfb-run). The end-to-end tests of `npm test` use a workbench in the browser instead, which comes with npm alone.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { ScriptError, exitWithError, printLine } from './lib/console.mjs';
import { endChildrenOnSignals } from './lib/child-process.mjs';
import { cacheFolder, npmCommand, npmReason, projectRoot, setUp, step } from './setup.mjs';

/** Not among the project's packages: nothing else needs it, and it is of use only with a network. */
const launcher = '@vscode/test-electron@2.5.2';
const installLimitMs = 3 * 60_000;
const oldestVersion = '1.100.0';

endChildrenOnSignals();
await main().catch(exitWithError);

async function main() {
  const [version = oldestVersion] = process.argv.slice(2);
  await setUp({ tests: true });
  const { runTests } = await provideLauncher();
  const workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-desktop-'));
  try {
    await runTests({
      version, extensionDevelopmentPath: projectRoot, extensionTestsPath: path.join(projectRoot, 'dist', 'test', 'desktop', 'smoke.js'),
      cachePath: path.join(cacheFolder, 'desktop', 'vscode'), launchArgs: [workspace, '--disable-workspace-trust', '--disable-extensions'],
    });
    printLine(`The smoke test passed in VS Code ${version}.`);
  } catch (error) {
    throw new ScriptError(`The smoke test failed in VS Code ${version}, or VS Code could not be downloaded: ${error instanceof Error ? error.message : String(error)}.`);
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function provideLauncher() {
  const folder = path.join(cacheFolder, 'desktop', 'launcher');
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(path.join(folder, 'node_modules', '@vscode', 'test-electron'))) {
    await mkdir(folder, { recursive: true });
    await writeFile(manifest, '{ "private": true }\n');
    const npm = npmCommand();
    const result = await step('Installing the launcher', 'desktop-launcher', installLimitMs, npm.command, [...npm.args, 'install', '--ignore-scripts', '--no-audit', '--no-fund', launcher], { cwd: folder });
    if (result.code !== 0) throw new ScriptError(`The launcher of VS Code could not be installed: ${npmReason(result.output)}. The log is ${result.logFile}.`);
  }
  return createRequire(manifest)('@vscode/test-electron');
}
