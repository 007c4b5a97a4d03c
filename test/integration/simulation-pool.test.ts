import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { bundlePath } from '../../src/base/product';
import { SeededRandom } from '../../src/base/random';
import { CancelledError, UserError } from '../../src/base/user-error';
import { SimulatedEmbedder } from '../../src/kmodel/simulated-embedder';
import type { SimulatedModel } from '../../src/kmodel/simulation-messages';
import { SimulationPool } from '../../src/kmodel/simulation-pool';
import { copyingConv, programOf } from '../support/kmodel/sample-programs';

const skip = !existsSync(bundlePath('simulation-worker.js')) && 'dist/simulation-worker.js is not built (npm run build)';
const size = 16;
const embeddingLength = 32;
const count = 7;

function smallModel(mainMemoryOutput = 0): SimulatedModel {
  const output = 4096;
  const layers = [{ ...copyingConv(size, size, 3), mainMemoryOutput }, { kind: 'dequantize', flags: 1, input: 0, output, count: embeddingLength, scale: 0.5, bias: -60 } as const];
  const program = { ...programOf(layers, 8192, 0), outputs: [{ addressBytes: output, sizeBytes: 4 * embeddingLength }] };
  return { program, facts: { input: { size, layout: 'CHW', colours: 'RGB', turn: 'rotate180' }, embeddingLength }, file: 'small.kmodel' };
}

const random = new SeededRandom(3, 'crops');
const crops = Uint8Array.from({ length: count * size * size * 3 }, () => random.below(256));

async function withPool<T>(model: SimulatedModel, workers: number, use: (pool: SimulationPool) => Promise<T>, workerFile?: string): Promise<T> {
  const pool = new SimulationPool(model, { workers, ...(workerFile === undefined ? {} : { workerFile }) });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

test('any number of threads gives what one simulator gives, in order', { skip }, async () => {
  const model = smallModel();
  const embedder = new SimulatedEmbedder(model.program, model.facts, model.file);
  const cropBytes = crops.length / count;
  const expected = Float32Array.from(Array.from({ length: count }, (_, i) => [...embedder.embed(crops.subarray(i * cropBytes, (i + 1) * cropBytes))]).flat());
  assert.ok(new Set(expected).size > count, 'the embeddings differ');
  for (const workers of [1, 2, 5]) {
    await withPool(model, workers, async (pool) => {
      const [first, second] = await Promise.all([pool.embed(crops, count), pool.embed(crops.subarray(0, cropBytes), 1)]);
      assert.deepEqual(first, expected, `${workers} threads`);
      assert.deepEqual(second, expected.slice(0, embeddingLength));
    });
  }
});

test('the crops stay whole, and a Buffer of a larger store may be given', { skip }, async () => {
  const before = crops.slice();
  await withPool(smallModel(), 2, async (pool) => {
    const direct = await pool.embed(crops, count);
    const buffer = Buffer.from(crops.buffer, crops.byteOffset, crops.byteLength);
    assert.deepEqual(await pool.embed(buffer, count), direct);
  });
  assert.deepEqual(crops, before);
});

test('a model that leaves its memory is told in a sentence, and the pool goes on', { skip }, async () => {
  await withPool(smallModel(8000), 2, async (pool) => {
    for (let i = 0; i < 2; i++) await assert.rejects(pool.embed(crops, count), (error) => error instanceof UserError && /small\.kmodel reaches bytes 8000/.test(error.message));
  });
});

test('a thread that cannot start ends the work, not the process', { skip }, async () => {
  await withPool(smallModel(), 2, (pool) => assert.rejects(pool.embed(crops, count), /Cannot find module|ended with code/), bundlePath('no-such-worker.js'));
});

test('a cancelled batch is rejected at once, and so is what waits when the pool is closed', { skip }, async () => {
  await withPool(smallModel(), 1, async (pool) => {
    const abort = new AbortController();
    const running = pool.embed(crops, count, abort.signal);
    abort.abort();
    await assert.rejects(running, CancelledError);
    await assert.rejects(pool.embed(crops, count, abort.signal), CancelledError);
    assert.equal((await pool.embed(crops, count)).length, count * embeddingLength, 'the next batch is not disturbed');
    const left = pool.embed(crops, count);
    const rejected = assert.rejects(left, CancelledError);
    await pool.close();
    await rejected;
    await assert.rejects(pool.embed(crops, count), CancelledError);
  });
});
