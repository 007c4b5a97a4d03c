import { Command } from 'commander';
import { productVersion } from './base/product';
import { createCommandRunner } from './base/command-runner';

function buildProgram(): Command {
  const program = new Command('mobilefacenet')
    .description('Photos of people go in, a face-recognition model comes out, and it runs on a K210 board.')
    .version(productVersion)
    .option('--json', 'print the result as one JSON object on the last line of stdout')
    .option('--verbose', 'show stacks of unexpected errors');
  const run = createCommandRunner(program);
  void run;
  return program;
}

void buildProgram().parseAsync();
