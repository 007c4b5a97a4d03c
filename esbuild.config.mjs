// Bundles the extension, the command line, their child processes and the webviews into dist/.
// `--watch` rebuilds on change; `--tests` also bundles test/**/*.test.ts into dist/test/.
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const watch = process.argv.includes('--watch');
const withTests = process.argv.includes('--tests');

/** Packages with native parts, or whose files are read from node_modules by path at run time. */
const external = ['vscode', 'koffi', 'serialport', 'sharp', 'undici', 'h5wasm', '@tensorflow/*', '@vladmandic/*', 'playwright-core', 'esbuild', '@micropython/*'];

const node = {
  bundle: true, platform: 'node', target: 'node20', format: 'cjs', sourcemap: true, logLevel: 'warning', external,
  absWorkingDir: root, outdir: 'dist',
  // The extension host logs an error when an extension looks at Node's `navigator`, as zod does.
  define: { navigator: 'undefined' },
};

/** Each folder of webview/ that has a main.ts is a page: `<page>.js` and `<page>-view.css`. */
async function pageEntryPoints() {
  const folders = (await readdir(path.join(root, 'webview'), { withFileTypes: true })).filter((entry) => entry.isDirectory() && entry.name !== 'common');
  return Object.fromEntries(folders.flatMap(({ name }) => [[name, `webview/${name}/main.ts`], [`${name}-view`, `webview/${name}/view.css`]]));
}

const bundles = [
  {
    // The editor loads ES modules: each area of the extension (src/host/areas.ts) becomes a file that is read when it is first used, and what
    // several of them need is there once.
    ...node, format: 'esm', splitting: true, outExtension: { '.js': '.mjs' }, chunkNames: 'extension/[name]-[hash]',
    define: { ...node.define, __dirname: 'import.meta.dirname' },
    entryPoints: { extension: 'src/extension.ts' },
  },
  {
    ...node,
    entryPoints: {
      cli: 'src/cli.ts',
      'engine-probe': 'src/engine/probe-main.ts',
      'detector-worker': 'src/dataset/detection/detector-worker.ts',
      'simulation-worker': 'src/kmodel/simulation-worker.ts',
      'micropython-thread': 'src/board/emulator/micropython/interpreter-main.ts',
    },
  },
  {
    bundle: true, platform: 'browser', target: 'es2022', format: 'iife', sourcemap: true, minify: !watch, logLevel: 'warning',
    absWorkingDir: root, outdir: 'dist/webview',
    entryPoints: await pageEntryPoints(),
    loader: { '.ttf': 'file' },
  },
];

// Names of chunks change with their content.
await rm(path.join(root, 'dist/extension'), { recursive: true, force: true });

async function testFiles(folder) {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile() && e.name.endsWith('.test.ts')).map((e) => path.join(e.parentPath ?? e.path, e.name));
}

if (withTests) {
  await rm(path.join(root, 'dist/test'), { recursive: true, force: true });
  bundles.push({
    ...node, outdir: 'dist/test', outbase: 'test', entryPoints: await testFiles('test'),
    alias: { vscode: './test/support/vscode.ts' }, external: external.filter((name) => name !== 'vscode'),
  });
  // Runs inside the desktop editor, so it gets the real API.
  bundles.push({ ...node, outdir: 'dist/test', outbase: 'test', entryPoints: ['test/desktop/smoke.ts'] });
}

if (watch) {
  for (const options of bundles) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
} else {
  await Promise.all(bundles.map((options) => esbuild.build(options)));
}
