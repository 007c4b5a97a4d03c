import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { wholeNumber } from '../../base/option-parsers';
import { defaultWorkerCount } from '../detection/detector-pool';
import { runBatchWorker } from './batch-worker';
import { cropMakerName, describeMaker } from './crop-maker';
import { parseRedisAddress } from './redis-address';

/** Adds `worker`. */
export function registerWorkerCommand(program: Command, run: CommandRunner): void {
  const worker = program
    .command('worker')
    .description('find and align faces for `dataset prepare --redis` of any machine that has the same storage; runs until Ctrl+C')
    .requiredOption('--redis <url>', 'address of the Redis or Valkey server')
    .option('--workers <number>', 'detector processes', wholeNumber(1, 64), defaultWorkerCount());
  run(worker, (_args, options, context) => work(options, context));
}

async function work(options: Record<string, unknown>, { progress, notice, signal }: CommandContext): Promise<CommandResult> {
  const address = parseRedisAddress(options['redis'] as string, process.env);
  const maker = await cropMakerName(process.env);
  const lanes = options['workers'] as number;
  const threads = Math.max(1, Math.floor(availableParallelism() / lanes));
  const { batches, photos } = await runBatchWorker({
    address, maker, lanes, threads, signal, notice,
    onReady: () => notice(`Worker with ${lanes} ${lanes === 1 ? 'process' : 'processes'}, ${describeMaker(maker)}, for the queue at ${address.shown}; Ctrl+C ends it.`),
    onDone: (done) => progress.report({ label: 'Photos for the queue', done: done.photos, unit: 'photos', detail: `${done.batches} batches` }),
  });
  return { result: { batches, photos }, text: `${photos} photos in ${batches} batches done.` };
}
