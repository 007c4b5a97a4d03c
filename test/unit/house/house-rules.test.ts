import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { productRoot } from '../../../src/base/product';
import { projectFiles, readProjectFile } from './source-files';

const files = projectFiles();
const codeFiles = files.filter((file) => /^(src|webview|test|scripts)\/.*\.(ts|mjs)$/.test(file));

test('the top level has what it is agreed to have', () => {
  const agreed = ['package.json', 'src', 'webview', 'media', 'test', '.vscodeignore', 'esbuild.config.mjs', 'README.md'];
  assert.deepEqual(agreed.filter((name) => !existsSync(path.join(productRoot(), name))), []);
});

test('no unfinished work is marked in code', () => {
  // Put together from halves, so that this file does not find itself.
  const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
  assert.deepEqual(codeFiles.filter((file) => marks.test(readProjectFile(file))), []);
});

test('no file is a bag of leftovers', () => {
  assert.deepEqual(codeFiles.filter((file) => /(^|\/)(utils?|helpers?|misc)\.(ts|mjs)$/.test(file)), []);
});

test('file names are kebab-case', () => {
  assert.deepEqual(codeFiles.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(path.basename(file))), []);
});

test('no code file is longer than 400 lines', () => {
  const longFiles = codeFiles.map((file) => ({ file, lines: readProjectFile(file).split('\n').length - 1 })).filter(({ lines }) => lines > 400);
  assert.deepEqual(longFiles, []);
});

test('package-lock.json holds no download addresses', () => {
  const lock = readProjectFile('package-lock.json');
  assert.ok(!lock.includes('"resolved"'));
  assert.ok(!/"(https?|git)[^"]*:\/\/[^"]*\.tgz"/.test(lock));
});

test('no file names the host of a package registry', () => {
  const hosts = [
    ['registry', 'npmjs', 'org'], ['npm', 'pkg', 'github', 'com'], ['registry', 'yarnpkg', 'com'], ['registry', 'npmmirror', 'com'],
    ['pypi', 'org'], ['files', 'pythonhosted', 'org'], ['crates', 'io'], ['proxy', 'golang', 'org'],
  ].map((parts) => parts.join('.'));
  const naming = files.filter((file) => {
    const text = readProjectFile(file);
    return hosts.some((host) => text.includes(host));
  });
  assert.deepEqual(naming, []);
});
