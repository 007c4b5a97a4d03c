import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../../base/command';
import { scanPhotos } from '../scan';
import { previewPolicy } from './image-plan';
import { policyJsonSchema } from './policy-file-schema';
import { presetNames } from './presets';
import { readPolicy } from './read-policy';

export const defaultPolicy = 'none';

/** Help text of `--policy`. */
export const policyHelp =
  `what to do with people by their number of images: ${presetNames.join(', ')} or a JSON file. "original" is the policy of the original project: it drops people with 30 images or fewer and adds copies of people with up to 200, so it is made for large collections`;

/** Adds `dataset policy` and `dataset policy-schema`. */
export function registerPolicyCommand(dataset: Command, run: CommandRunner): void {
  run(
    dataset
      .command('policy')
      .argument('<photos>', 'folder with one folder of photos per person')
      .description('show what a policy would do to the people of a photo folder, without looking for faces')
      .option('--policy <name|file>', policyHelp, 'original'),
    (args, options) => preview(args[0] as string, options['policy'] as string),
  );
  run(dataset.command('policy-schema').description('print the JSON Schema of policy files'), () => {
    const schema = policyJsonSchema();
    return Promise.resolve({ result: { schema }, text: JSON.stringify(schema, null, 2) });
  });
}

async function preview(photos: string, nameOrFile: string): Promise<CommandResult> {
  const policy = await readPolicy(nameOrFile);
  const { identities, photoCount } = await scanPhotos(photos);
  const effects = previewPolicy(policy, identities.map((identity) => identity.photos.length));
  const people = effects.filter(({ images }) => images > 0).reduce((sum, effect) => sum + effect.people, 0);
  const images = effects.reduce((sum, effect) => sum + effect.images, 0);
  const lines = [
    ...effects.map((effect) => `${effect.rule}: ${effect.people} people, ${effect.photos} photos before, ${effect.images} images after`),
    `policy ${policy.name}: ${people} of ${identities.length} people stay, ${photoCount} photos become ${images} images`,
    'Counted are photos; a preparation counts those in which a face is found, and makes no copies of people held out for verification.',
  ];
  return {
    result: { policy: policy.name, rules: policy.rules, effects, photosFound: photoCount, images, identities: identities.length, identitiesKept: people },
    text: lines.join('\n'),
  };
}
