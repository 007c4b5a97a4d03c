import path from 'node:path';
import { libraryNames } from '../engine-folder';
import { hasLibraries } from './library-files';
import { ProvisioningFailure, type ProvisioningStep } from './provisioning-step';

/** A folder that the user named: by setting or option, otherwise by `TF_LIB_DIR`. It is used in place. */
export const configuredStep: ProvisioningStep = {
  name: 'configured',
  async run({ env, platform, libraryPath }) {
    const named = libraryPath ?? env['TF_LIB_DIR'];
    if (!named) throw new ProvisioningFailure('no library folder is set (engine.libraryPath, TF_LIB_DIR)');
    const folder = path.resolve(named);
    if (await hasLibraries(folder, platform)) return folder;
    throw new ProvisioningFailure(`${folder} does not hold ${libraryNames(platform).join(' and ')}`);
  },
};
