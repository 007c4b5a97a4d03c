import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { CommandRunner } from '../../../base/command';
import { numberWithin, wholeNumber } from '../../../base/option-parsers';
import { UserError } from '../../../base/user-error';
import { jobManifest, type JobManifestOptions } from './job-manifest';

/** Adds `cluster kubernetes`. */
export function registerClusterCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command('cluster')
    .description('prepare training by several ranks')
    .command('kubernetes')
    .description('print the manifest of an Indexed Job that trains with a pod for each rank; give it to `kubectl apply -f -`')
    .argument('<train-options...>', 'behind --, what follows `mobilefacenet train`, e.g. --dataset and --out on the shared volume')
    .requiredOption('--name <name>', 'of the Job', dnsLabel)
    .option('--namespace <name>', 'Kubernetes namespace', dnsLabel, 'default')
    .requiredOption('--image <image>', 'container image with this product and its engine')
    .requiredOption('--ranks <n>', 'pods that train together', wholeNumber(1, 1024))
    .requiredOption('--claim <name>', 'PersistentVolumeClaim (ReadWriteMany) with the dataset and the runs', dnsLabel)
    .option('--mount <folder>', 'where it is mounted', absoluteFolder, '/shared')
    .option('--port <n>', 'that the ranks reach each other at', wholeNumber(1024, 65_535), 7000)
    .option('--cpus <n>', 'cores of each rank', numberWithin(0.1, 1024), 4)
    .option('--memory <quantity>', 'memory of each rank', quantity, '8Gi')
    .addHelpText('after', '\nExample:\n  mobilefacenet cluster kubernetes --name faces --image IMAGE --ranks 8 --claim shared \\\n    -- --dataset /shared/dataset --out /shared/runs/faces --batch 512 | kubectl apply -f -');
  run(command, (trainOptions, options) => {
    checkTrainOptions(trainOptions);
    const manifest = jobManifest({ ...(options as unknown as Omit<JobManifestOptions, 'trainOptions'>), trainOptions });
    return Promise.resolve({ result: manifest, text: JSON.stringify(manifest, null, 2) });
  });
}

function checkTrainOptions(options: readonly string[]): void {
  const has = (name: string): boolean => options.some((option) => option === name || option.startsWith(`${name}=`));
  const ofCluster = ['--cluster', '--rank', '--ranks'].find(has);
  if (ofCluster !== undefined) throw new UserError(`${ofCluster} is not for you to give: the manifest has it.`, 'Leave it out.');
  if (!has('--resume') && !(has('--out') && (has('--dataset') || has('--from')))) {
    throw new UserError('The options of `train` lack the dataset or the folder of the run.', 'Add -- --dataset DATASET --out RUN, or -- --resume RUN, with paths on the shared volume.');
  }
}

function dnsLabel(text: string): string {
  if (!/^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$/.test(text)) throw new InvalidArgumentError('Give a DNS label: small letters, digits and dashes, 52 at most.');
  return text;
}

function absoluteFolder(text: string): string {
  if (!text.startsWith('/')) throw new InvalidArgumentError('Give an absolute path.');
  return text;
}

function quantity(text: string): string {
  if (!/^\d+(\.\d+)?([kMGT]i?|Ki)?$/.test(text)) throw new InvalidArgumentError('Give a quantity such as 8Gi.');
  return text;
}
