import { hasLibraries } from './library-files';
import { ProvisioningFailure, type ProvisioningStep } from './provisioning-step';

/** The engine's own folder already holds the library. */
export const existingStep: ProvisioningStep = {
  name: 'existing',
  async run({ folder, platform }) {
    if (await hasLibraries(folder, platform)) return folder;
    throw new ProvisioningFailure('nothing is installed yet');
  },
};
