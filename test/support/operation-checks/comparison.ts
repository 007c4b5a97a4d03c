import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { OperationSample, type OperationCheck, type Tf } from './operation-check';

/** Largest accepted difference, relative to 1 + |value|. */
const tolerance = 2e-3;

/** Runs a check on one backend of TensorFlow.js. Every result is read back; nothing stays allocated. */
export function computeOn(tf: Tf, backend: string, check: OperationCheck): { shape: number[]; values: number[] }[] {
  return onBackend(tf, backend, () =>
    tf.tidy(() => {
      const results = check.run(new OperationSample(tf));
      return [results].flat().map((tensor: tfjs.Tensor) => ({ shape: tensor.shape, values: Array.from(tensor.dataSync()) }));
    }),
  );
}

/** Makes `backend` the current one while `body` runs. */
function onBackend<T>(tf: Tf, backend: string, body: () => T): T {
  const before = tf.getBackend();
  void tf.setBackend(backend);
  try {
    return body();
  } finally {
    void tf.setBackend(before);
  }
}

export function assertSameResults(actual: ReturnType<typeof computeOn>, expected: ReturnType<typeof computeOn>): void {
  assert.deepEqual(actual.map((result) => result.shape), expected.map((result) => result.shape));
  for (const [i, { values }] of actual.entries()) assertClose(values, expected[i]?.values ?? []);
}

export function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [k, value] of actual.entries()) {
    const wanted = expected[k] ?? NaN;
    assert.ok(Math.abs(value - wanted) <= tolerance * (1 + Math.abs(wanted)), `element ${k}: ${value} instead of ${wanted}`);
  }
}
