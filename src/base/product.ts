import { existsSync } from 'node:fs';
import path from 'node:path';
import packageJson from '../../package.json';

/** Version of this product, written into every artifact. */
export const productVersion: string = packageJson.version;

/**
 * Folder of the product (the one with package.json): bundles lie in `dist/` or `dist/test/...` below it.
 * @throws Error when the bundle was moved out of its package.
 */
export function productRoot(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'esbuild.config.mjs')) || existsSync(path.join(folder, 'dist', 'cli.js'))) return folder;
    if (path.dirname(folder) === folder) throw new Error(`No product folder above ${__dirname}`);
  }
}

/** Path of one of the product's bundles, e.g. `bundlePath('cli.js')`. */
export function bundlePath(name: string): string {
  return path.join(productRoot(), 'dist', name);
}

/**
 * Folder of the packages that stay outside the bundles because of native parts or files that they read: in an installed
 * extension they lie beside the bundles (scripts/package.mjs puts them there), in a clone in `node_modules`.
 */
export function packagesFolder(): string {
  const packaged = bundlePath('node_modules');
  return existsSync(packaged) ? packaged : path.join(productRoot(), 'node_modules');
}
