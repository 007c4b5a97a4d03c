import assert from 'node:assert/strict';
import { test } from 'node:test';
import packageJson from '../../../package.json';
import { findCircles, importsOf, loadedWith, type Import } from './import-graph';
import { typeScriptFiles } from './source-files';

const imports = importsOf(typeScriptFiles('src', 'webview'));
const stages = ['dataset', 'training', 'evaluation', 'kmodel', 'board'];

/** What each part may import besides itself and packages. `cli` and `host` sit on top and are held by rules of their own. */
const allowedParts: Record<string, readonly string[]> = {
  base: [],
  protocol: [],
  network: ['base', 'protocol'],
  engine: ['base', 'protocol', 'network'],
  ...Object.fromEntries(stages.map((stage) => [stage, ['base', 'protocol', 'network', 'engine']])),
  webview: ['protocol'],
};

/** `src/dataset/scan.ts` belongs to the part `dataset`, `src/cli.ts` to `cli`, `package.json` to no part. */
function partOf(file: string): string | undefined {
  if (file.startsWith('webview/')) return 'webview';
  return /^src\/([^/.]+)/.exec(file)?.[1];
}

function say({ from, to, typeOnly }: Import): string {
  return `${from} imports ${typeOnly ? 'types of ' : ''}${to}`;
}

function assertNone(breaches: readonly Import[]): void {
  assert.deepEqual(breaches.map(say), []);
}

function importsOfPackages(...patterns: RegExp[]): Import[] {
  return imports.filter(({ to, isPackage }) => isPackage && patterns.some((pattern) => pattern.test(to)));
}

test('the import graph was read', () => {
  assert.ok(imports.some(({ from, to }) => from === 'src/cli.ts' && to === 'src/base/command-runner.ts'));
  assert.ok(imports.some(({ from, to, isPackage }) => from === 'src/protocol/run.ts' && to === 'zod' && isPackage));
});

test('every part imports only what lies below it', () => {
  assertNone(imports.filter(({ from, to, isPackage }) => {
    const part = partOf(from);
    const target = partOf(to);
    if (isPackage || part === undefined || target === undefined || part === target) return false;
    const allowed = allowedParts[part];
    if (allowed === undefined || allowed.includes(target)) return false;
    const readsArtifact = stages.includes(part) && stages.includes(target) && /artifact[^/]*$/.test(to);
    return !readsArtifact;
  }));
});

test('of the network the engine uses nothing but the graph format', () => {
  assertNone(imports.filter(({ from, to }) => {
    return partOf(from) === 'engine' && partOf(to) === 'network' && !to.startsWith('src/network/graph/');
  }));
});

test('command line and editor do not import each other', () => {
  assertNone(imports.filter(({ from, to }) => {
    const editor = (file: string): boolean => ['host', 'extension'].includes(partOf(file) ?? '');
    return (partOf(from) === 'cli' && editor(to)) || (editor(from) && partOf(to) === 'cli');
  }));
});

test('only src/host and src/extension.ts import vscode', () => {
  assertNone(importsOfPackages(/^vscode$/).filter(({ from }) => !from.startsWith('src/host/') && from !== 'src/extension.ts'));
});

test('only src/engine loads TensorFlow, and koffi but for pseudo-terminals', () => {
  const pseudoTerminals = 'src/board/emulator/pseudo-terminal.ts';
  assertNone(importsOfPackages(/^@tensorflow\//, /^koffi$/).filter(({ from, to, typeOnly }) => {
    return !typeOnly && partOf(from) !== 'engine' && !(to === 'koffi' && from === pseudoTerminals);
  }));
});

test('the editor loads neither engine nor image library nor queue, not even through others', () => {
  const loaded = [...loadedWith('src/extension.ts', imports)];
  assert.ok(loaded.includes('src/host/training/training-panel.ts'), 'the way through the imports was found');
  assert.deepEqual(loaded.filter((name) => /^(@tensorflow\/|@vladmandic\/|koffi$|sharp$|bullmq$|ioredis$)/.test(name)), []);
});

test('the editor starts without schemas and without the pages: they are loaded when they are first used', () => {
  const atStart = [...loadedWith('src/extension.ts', imports.filter(({ isLazy }) => !isLazy))];
  assert.ok(atStart.includes('src/host/commands/register-commands.ts'), 'the way through the imports was found');
  const late = /^(zod$|fflate$|serialport$|src\/host\/(compare|deploy|explorer|kmodel|pairs|records|resume|training)\/[\w-]+-(panel|page|session)\.ts$|src\/training\/)/;
  assert.deepEqual(atStart.filter((name) => late.test(name)), []);
});

test('at most one file loads serialport', () => {
  assert.ok(new Set(importsOfPackages(/^serialport$/, /^@serialport\//).map(({ from }) => from)).size <= 1);
});

test('only webview/common/ui.ts imports the webview toolkit', () => {
  assertNone(importsOfPackages(/^@vscode\/webview-ui-toolkit$/).filter(({ from }) => from !== 'webview/common/ui.ts'));
});

test('nothing imports in a circle', () => {
  assert.deepEqual(findCircles(imports).map((circle) => circle.join(' -> ')), []);
});

test('a circle would be found', () => {
  const edge = (from: string, to: string): Import => ({ from, to, isPackage: false, typeOnly: false, isLazy: false });
  assert.deepEqual(findCircles([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')]), [['b', 'c', 'b']]);
});

test('packages that src loads are dependencies, not development dependencies', () => {
  const declared = new Set([...Object.keys(packageJson.dependencies), 'vscode']);
  const loaded = imports.filter(({ from, to, isPackage, typeOnly }) => isPackage && !typeOnly && from.startsWith('src/') && !to.startsWith('node:'));
  assertNone(loaded.filter(({ to }) => !declared.has(to)));
});
