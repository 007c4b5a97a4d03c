import { existsSync } from 'node:fs';
import path from 'node:path';
import { Argument, type Command } from 'commander';
import type { CommandRunner } from '../../base/command';
import { UserError } from '../../base/user-error';
import { controlWordSchema, type ControlWord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { sendControl } from './run-control';
import { readRunRecord } from './run-folder';

const answers: Readonly<Record<ControlWord, string>> = {
  pause: 'pauses after the step that it is at',
  continue: 'goes on',
  'stop-after-epoch': 'stops with a checkpoint at the end of the epoch',
  'stop-now': 'stops with a checkpoint after the step that it is at',
  'switch-head': 'ends after the step that it is at, and a run with the other head starts from it',
};

/** `runs control RUN WORD`: asks a running training, whichever process runs it. */
export function registerControlCommand(runs: Command, run: CommandRunner): void {
  const command = runs
    .command('control')
    .argument('<run>', 'run folder')
    .addArgument(new Argument('<request>', 'what to ask for').choices(controlWordSchema.options))
    .description('pause, continue or stop a running training, or switch its head, from any terminal');
  run(command, async ([folder = '', text]) => {
    const word = controlWordSchema.parse(text);
    const { name, head } = await readRunRecord(folder);
    if (!existsSync(path.join(folder, runFiles.lock))) throw new UserError(`No job is training ${folder}.`, 'Continue it with `train --resume`.');
    if (word === 'switch-head' && head !== 'softmax') throw new UserError(`${name} is trained with ${head} already.`, 'Ask this of a softmax run.');
    await sendControl(folder, word);
    return { result: { run: folder, request: word }, text: `${name} ${answers[word]}.` };
  });
}
