import { productVersion } from '../../base/product';
import { CancelledError, UserError } from '../../base/user-error';
import type { Engine } from '../../engine/engine';
import { decodeSafetensors } from '../../network/safetensors';
import { BatchQueue } from '../data/batch-queue';
import type { BatchReader } from '../data/batch-reader';
import type { TrainingData } from '../data/training-data';
import { TrainingSession } from '../graph/training-session';
import { openReaders } from '../plan-readers';
import { parseRecipe } from '../recipe/recipe-file';
import { planTraining, type TrainingPlan } from '../training-plan';
import type { ClusterChannel } from './cluster-channel';
import { decodeMessage, type ControlMessageOf } from './control-message';
import { OrderLog } from './order-log';
import { rankSeed } from './rank-seed';
import { agreeOnWeights } from './weight-agreement';
import { readWhole } from './whole-weights';

export interface FollowerEnvironment {
  readonly engine: Engine;
  readonly data: TrainingData;
  readonly channel: ClusterChannel;
}

/**
 * Works on its part of each batch that rank 0 announces, run after run, until rank 0 leaves. It decides nothing and writes nothing of a run.
 * @throws UserError when rank 0 gave up, or has another version or dataset; CancelledError when it was cancelled; CollectiveError when another rank is gone
 */
export async function follow(environment: FollowerEnvironment): Promise<void> {
  const { channel } = environment;
  let run: FollowedRun | undefined;
  try {
    for (;;) {
      const message = decodeMessage(await channel.receive());
      switch (message.kind) {
        case 'wait': break;
        case 'start':
          run = new FollowedRun(environment, message);
          await run.assign(await channel.receive());
          break;
        case 'batch': await started(run).train(message); break;
        case 'validate': await started(run).validate(message); break;
        case 'collect': await started(run).collect(); break;
        case 'assign': await started(run).assign(await channel.receive()); break;
        case 'check': await started(run).check(); break;
        case 'end':
          await run?.close();
          run = undefined;
          break;
        case 'leave': return;
        case 'fail': throw message.cancelled ? new CancelledError('Training') : new UserError(message.message, message.action);
      }
    }
  } finally {
    await run?.close();
  }
}

function started(run: FollowedRun | undefined): FollowedRun {
  if (!run) throw new Error('Rank 0 trains before it has started');
  return run;
}

class FollowedRun {
  private readonly plan: TrainingPlan;
  private readonly session: TrainingSession;
  private readonly batches: BatchQueue;
  private readonly validationReader: BatchReader | undefined;
  private readonly log: OrderLog | undefined;

  constructor(private readonly environment: FollowerEnvironment, start: ControlMessageOf<'start'>) {
    const { engine, data, channel } = environment;
    const { seat } = channel;
    checkSame(start, environment);
    this.plan = planTraining(parseRecipe(start.recipe, 'the recipe of rank 0'), data, channel.nextRun());
    const { graph, part, betas, recipe } = this.plan;
    this.session = new TrainingSession(engine, graph, { batch: part.count, imageSize: data.imageSize }, betas);
    const { training: reader, validation } = openReaders(this.plan, engine, start.seed);
    this.validationReader = validation;
    this.batches = new BatchQueue({
      read: (from, signal) => reader.read(from + part.offset, signal),
      batch: recipe.batch, batchBytes: reader.batchBytes, position: start.position, end: start.end,
    });
    this.log = start.orderFolder === undefined ? undefined : new OrderLog(start.orderFolder, seat.rank, reader);
  }

  async assign(values: Uint8Array): Promise<void> {
    await this.session.assign(decodeSafetensors(values).weights);
  }

  async train({ step, position, first, last, learningRate, margin, update, seed }: ControlMessageOf<'batch'>): Promise<void> {
    const { seat } = this.environment.channel;
    const inputs = { ...await this.batches.take(), learningRate, margin, update, seed: rankSeed(seed, seat.rank) };
    this.log?.add(step, position + this.plan.part.offset);
    await this.session.train(inputs, { first, last });
  }

  async validate({ position, margin, seed }: ControlMessageOf<'validate'>): Promise<void> {
    const { seat } = this.environment.channel;
    if (!this.validationReader) throw new Error('Rank 0 validates without validation images');
    await this.session.validate({ ...await this.validationReader.read(position + this.plan.part.offset), margin, seed: rankSeed(seed, seat.rank) });
  }

  async collect(): Promise<void> {
    await readWhole(this.session, this.environment.channel);
  }

  async check(): Promise<void> {
    await agreeOnWeights(this.session, this.environment.channel);
  }

  async close(): Promise<void> {
    await this.batches.halt();
    this.session.close();
  }
}

function checkSame({ toolVersion, engine, datasetFingerprint }: ControlMessageOf<'start'>, environment: FollowerEnvironment): void {
  const { rank } = environment.channel.seat;
  const own = environment.engine.description.title;
  if (toolVersion !== productVersion || engine !== own) {
    throw new UserError(`Rank ${rank} has version ${productVersion} with ${own}, rank 0 has ${toolVersion} with ${engine}.`, 'Install the same version and engine on all machines.');
  }
  if (datasetFingerprint !== environment.data.fingerprint) {
    throw new UserError(`${environment.data.folder} of rank ${rank} is not the dataset of rank 0.`, 'Give all machines the same storage, or a copy of the dataset at the same path.');
  }
}
