/** Photos that a worker handles together. More gain nothing, and leave workers idle for longer at the end. */
export const photosPerBatch = 8;

/** Batches that a worker with so many threads handles at the same time, so that its own work goes on while TensorFlow computes. */
export function batchesAtOnce(threads: number): number {
  return threads + 1;
}
