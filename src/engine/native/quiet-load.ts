import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { load } from 'koffi';

const standardError = 2;

/**
 * Runs `body` with the process's standard error turned away. TensorFlow's libraries print two lines about oneDNN from a static
 * initialiser, before any log level can be set. Not on Windows, whose C runtime keeps descriptors of its own.
 */
export function withoutStandardError<T>(body: () => T, platform: NodeJS.Platform = process.platform): T {
  if (platform === 'win32') return body();
  const c = load(null);
  const duplicate = c.func('int dup(int descriptor)') as (descriptor: number) => number;
  const replace = c.func('int dup2(int source, int target)') as (source: number, target: number) => number;
  const original = duplicate(standardError);
  if (original < 0) return body();
  const nowhere = openSync(devNull, 'w');
  try {
    replace(nowhere, standardError);
    return body();
  } finally {
    replace(original, standardError);
    closeSync(original);
    closeSync(nowhere);
  }
}
