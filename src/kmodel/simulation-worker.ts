/** Entry of a simulation worker thread: one compiled model, crops in, embeddings out. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorText, UserError } from '../base/user-error';
import { SimulatedEmbedder } from './simulated-embedder';
import type { SimulatedModel, SimulationAnswer, SimulationTask } from './simulation-messages';

const { program, facts, file } = workerData as SimulatedModel;
const embedder = new SimulatedEmbedder(program, facts, file);

function answer({ id, crop }: SimulationTask): SimulationAnswer {
  try {
    return { id, embedding: embedder.embed(crop) };
  } catch (error) {
    return error instanceof UserError ? { id, message: error.message, action: error.action } : { id, message: errorText(error) };
  }
}

parentPort?.on('message', (task: SimulationTask) => parentPort?.postMessage(answer(task)));
