import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundlePath, packagesFolder, productRoot } from '../../../base/product';
import { UserError } from '../../../base/user-error';
import type { InterpreterFiles } from './interpreter';

const packageFile = '@micropython/micropython-webassembly-pyscript/micropython.mjs';

/**
 * Where MicroPython and what surrounds it lie.
 * @throws UserError when the package is not installed
 */
export function microPythonFiles(): InterpreterFiles {
  try {
    return {
      threadFile: bundlePath('micropython-thread.js'),
      module: existingModule(path.join(packagesFolder(), packageFile)),
      shims: readFileSync(path.join(productRoot(), 'media', 'board', 'virtual-board', 'shims.py'), 'utf8'),
    };
  } catch (error) {
    throw new UserError('The virtual board needs MicroPython, which is not installed here.', 'Run `npm install` in the folder of the product.', { cause: error });
  }
}

/** @throws Error when the file does not exist */
function existingModule(file: string): string {
  statSync(file);
  return pathToFileURL(file).href;
}
