import { createRequire } from 'node:module';

/** `require` for packages that stay outside the bundles. */
export const requirePackage = createRequire(__filename);

/**
 * Puts back the two functions of node:util that tfjs-node 4.22.0 calls and Node 23 removed; on older versions it replaces them,
 * because they print a warning there. Must run before tfjs-node's first file is loaded.
 */
export function restoreRemovedUtilFunctions(): void {
  const util = requirePackage('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown): boolean => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}
