import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import type * as tfjsNode from '@tensorflow/tfjs-node/dist/node';
import type * as fileSystemModule from '@tensorflow/tfjs-node/dist/io/file_system';
import { openEngine } from '../../src/engine/open-engine';
import { requirePackage } from '../../src/engine/tfjs-shim';
import { engineTests } from '../support/engine';
import { constant, float32, node, placeholder, typeAttr } from '../support/hand-made-graph';
import { OperationSample } from '../support/operation-checks/operation-check';
import { encodeSavedModel } from '../support/saved-model';

const engineTest = engineTests({ kind: 'native' });

/** What tfjs-node's JavaScript offers beyond TensorFlow.js, here on this product's binding. */
function nodeParts(): typeof tfjsNode.node {
  return (requirePackage('@tensorflow/tfjs-node/dist/node.js') as typeof tfjsNode).node;
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'engine-tfjs-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function smallModel(tf: typeof tfjs): tfjs.Sequential {
  const glorot = (seed: number): ReturnType<typeof tf.initializers.glorotUniform> => tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [16, 16, 3], filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false, kernelInitializer: glorot(1) }),
      tf.layers.batchNormalization(),
      tf.layers.prelu({ sharedAxes: [1, 2] }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthwiseInitializer: glorot(2) }),
      tf.layers.reLU({ maxValue: 6 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 4, activation: 'softmax', kernelInitializer: glorot(3) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

engineTest('a layers model learns, is saved and read back', (engine) =>
  inFolder(async (folder) => {
    const tf = await engine.tensorflowJs();
    const model = smallModel(tf);
    const x = new OperationSample(tf).random([64, 16, 16, 3]);
    const y = tf.oneHot(tf.range(0, 64, 1, 'int32').mod(tf.scalar(4, 'int32')), 4);
    const { history } = await model.fit(x, y, { epochs: 4, batchSize: 16, verbose: 0, shuffle: false });
    const losses = history['loss'] as number[];
    assert.ok((losses.at(-1) ?? NaN) < (losses[0] ?? NaN), losses.join(' '));
    const { fileSystem } = requirePackage('@tensorflow/tfjs-node/dist/io/file_system.js') as typeof fileSystemModule;
    await model.save(fileSystem(folder));
    const copy = await tf.loadLayersModel(fileSystem(path.join(folder, 'model.json')));
    const [wanted, got] = [model.predict(x) as tfjs.Tensor, copy.predict(x) as tfjs.Tensor];
    assert.deepEqual(await got.data(), await wanted.data());
    tf.dispose([x, y, wanted, got]);
  }),
);

engineTest('TensorBoard event files are written', (engine) =>
  inFolder(async (folder) => {
    const tf = await engine.tensorflowJs();
    const writer = nodeParts().summaryFileWriter(folder);
    writer.scalar('loss', 0.5, 1);
    writer.histogram('weights', tf.tensor1d([1, 2, 3, 4]), 1);
    writer.flush();
    const [file] = await readdir(folder);
    assert.match(file ?? '', /tfevents/);
    assert.match((await readFile(path.join(folder, file ?? ''))).toString('latin1'), /loss[^]*weights/);
  }),
);

engineTest('pictures are encoded and decoded', async (engine) => {
  const tf = await engine.tensorflowJs();
  const { encodeJpeg, encodePng, decodeJpeg, decodeImage } = nodeParts();
  const picture = tf.tidy(() => new OperationSample(tf).random([20, 30, 3]).abs().mul(255).cast('int32') as tfjs.Tensor3D);
  const png = decodeImage(await encodePng(picture), 3);
  assert.deepEqual(await png.data(), await picture.data());
  const jpeg = decodeJpeg(await encodeJpeg(picture, 'rgb', 95), 3);
  assert.deepEqual(jpeg.shape, [20, 30, 3]);
  tf.dispose([picture, png, jpeg]);
});

engineTest('a SavedModel is loaded and run', (engine) =>
  inFolder(async (folder) => {
    const tf = await engine.tensorflowJs();
    const float = typeAttr('float32');
    const graph = { nodes: [placeholder('x', 'float32', [-1, 2]), constant('w', float32([1, 10], [2, 1])), node('y', 'MatMul', ['x', 'w'], { T: float })] };
    await writeFile(path.join(folder, 'saved_model.pb'), encodeSavedModel(graph, 'x', 'y'));
    const model = await nodeParts().loadSavedModel(folder, ['serve'], 'serving_default');
    const y = model.predict(tf.tensor2d([[1, 2], [3, 4]]));
    const result = (y instanceof tf.Tensor ? y : Object.values(y)[0]) as tfjs.Tensor;
    assert.deepEqual([...(await result.data())], [21, 43]);
    model.dispose();
  }),
);

engineTest('long strings do not pile up', async (engine) => {
  const tf = await engine.tensorflowJs();
  const text = 'x'.repeat(100_000);
  const makeMany = (): void => {
    for (let i = 0; i < 1000; i++) tf.tensor([text], [1], 'string').dispose();
  };
  makeMany();
  const before = process.memoryUsage.rss();
  makeMany();
  const grownBytes = process.memoryUsage.rss() - before;
  assert.ok(grownBytes < 50e6, `grew by ${(grownBytes / 1e6).toFixed(0)} MB of 100 MB`);
});

engineTest('one engine of a process serves TensorFlow.js at a time', async (engine) => {
  await engine.tensorflowJs();
  const other = await openEngine({ kind: 'native' });
  await assert.rejects(other.tensorflowJs(), /already in use/);
  other.close();
});
