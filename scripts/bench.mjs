// `npm run bench -- <area> [options]`: bundles test/bench/<area>.bench.ts, runs it, prints its rows as a table and keeps them
// in .cache/bench/<area>.json. A bench prints lines of its own to stderr and one JSON array of flat rows to stdout.
import { mkdirSync, readdirSync, existsSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { ScriptError, exitWithError, printLine } from './lib/console.mjs';
import { provideBrowser } from './lib/browser.mjs';
import { provideWorkbench } from './fetch-workbench.mjs';
import { cacheFolder, projectRoot, setUp } from './setup.mjs';

/** Areas that are measured in a real VS Code workbench. */
const areasInWorkbench = ['extension'];
const limitMs = 60 * 60_000;
const benchFolder = path.join(projectRoot, 'test', 'bench');
const suffix = '.bench.ts';

await main().catch(exitWithError);

async function main() {
  const [area, ...options] = process.argv.slice(2);
  const areas = existsSync(benchFolder) ? readdirSync(benchFolder).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length)) : [];
  if (!areas.includes(area)) {
    const offer = areas.length === 0 ? 'There are no benches yet.' : `The areas are: ${areas.sort().join(', ')}.`;
    throw new ScriptError(`${area === undefined ? 'Which area is to be measured?' : `There is no bench "${area}".`} ${offer}`);
  }
  await setUp();
  const env = areasInWorkbench.includes(area) ? await provideBench() : {};
  const rows = await runBench(await bundle(area), options, env);
  if (process.stdout.isTTY) console.table(rows);
  else for (const row of rows) printLine(Object.entries(row).map(([name, value]) => `${name}: ${value}`).join(', '));
  const file = path.join(cacheFolder, 'bench', `${area}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  const machine = { platform: platform(), arch: arch(), cores: cpus().length, processor: cpus()[0]?.model, node: process.version };
  writeFileSync(file, `${JSON.stringify({ area, measuredAt: new Date().toISOString(), machine, rows }, null, 2)}\n`);
  printLine(`Written to ${path.relative(projectRoot, file)}`);
}

async function bundle(area) {
  const { build } = await import('esbuild');
  const outfile = path.join(projectRoot, 'dist', 'bench', `${area}.js`);
  await build({
    entryPoints: [path.join(benchFolder, `${area}${suffix}`)], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs',
    sourcemap: true, packages: 'external', logLevel: 'warning',
  });
  return outfile;
}

/** A workbench and a browser for benches of what is seen in them. */
async function provideBench() {
  const browser = await provideBrowser();
  if ('missing' in browser) throw new ScriptError(`The bench needs a browser: ${browser.missing}.`);
  return { MOBILEFACENET_CHROMIUM: browser.path, MOBILEFACENET_WORKBENCH: await provideWorkbench() };
}

function runBench(file, options, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file, ...options], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'], timeout: limitMs, env: { ...process.env, ...env } });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new ScriptError(`The bench ended with code ${code}.`));
      try {
        resolve(JSON.parse(output));
      } catch {
        reject(new ScriptError(`The bench did not print one JSON array of rows to stdout, but: ${output.slice(0, 200)}`));
      }
    });
  });
}
