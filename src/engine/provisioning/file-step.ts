import path from 'node:path';
import { ProvisioningFailure, type ProvisioningStep } from './provisioning-step';
import { unpackLibraries } from './unpack-libraries';

/** A wheel or official archive that the user brought along, for machines without network. */
export const fileStep: ProvisioningStep = {
  name: 'file',
  async run(context) {
    if (context.fromFile === undefined) throw new ProvisioningFailure('no file was named');
    await context.requireDiskSpace();
    return await unpackLibraries(path.resolve(context.fromFile), context);
  },
};
