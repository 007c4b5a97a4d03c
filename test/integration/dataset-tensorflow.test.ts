import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bundlePath } from '../../src/base/product';
import { openDataset, type Dataset } from '../../src/dataset/dataset-reader';
import { openAnyDataset } from '../../src/dataset/sources/open-any-dataset';
import { runCli } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';
import { pythonWith, runPython } from '../support/python';

const python = pythonWith('tensorflow');
const skip = python.missing ?? (!existsSync(bundlePath('detector-worker.js')) && 'dist/detector-worker.js is not built (npm run build)');

/** Reads argv[1]/*.tfrecord as the original project's training does, then writes a shard of its own into argv[2]. */
const script = `
import glob, hashlib, json, sys
import tensorflow as tf

ours, theirs = sys.argv[1], sys.argv[2]
features = {name: tf.io.FixedLenFeature([], tf.int64) for name in ('height', 'width', 'depth', 'label')}
features['image_raw'] = tf.io.FixedLenFeature([], tf.string)

def digest(data):
    return hashlib.sha256(data).hexdigest()

read = []
for example in tf.data.TFRecordDataset(sorted(glob.glob(ours + '/*.tfrecord'))).map(lambda raw: tf.io.parse_single_example(raw, features)):
    jpeg = example['image_raw'].numpy()
    shape = [int(example[name].numpy()) for name in ('height', 'width', 'depth')]
    read.append({'label': int(example['label'].numpy()), 'jpeg': digest(jpeg), 'shape': shape, 'decoded': list(tf.io.decode_jpeg(jpeg).shape)})

written = []
number = lambda value: tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
for shard, labels in enumerate([[0, 4, 7, 4], [7, 0, 300]]):
    with tf.io.TFRecordWriter('%s/theirs_%d.tfrecord' % (theirs, shard)) as writer:
        for label in labels:
            pixels = tf.random.stateless_uniform([64, 64, 3], seed=[shard, label], maxval=256, dtype=tf.int32)
            jpeg = tf.io.encode_jpeg(tf.cast(pixels, tf.uint8), quality=90).numpy()
            feature = {'image_raw': tf.train.Feature(bytes_list=tf.train.BytesList(value=[jpeg])), 'label': number(label), 'height': number(64), 'width': number(64), 'depth': number(3)}
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
            written.append({'label': label, 'jpeg': digest(jpeg)})
print(json.dumps({'read': read, 'written': written}))
`;

interface Answer {
  readonly read: readonly { label: number; jpeg: string; shape: number[]; decoded: number[] }[];
  readonly written: readonly { label: number; jpeg: string }[];
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function recordsOf(dataset: Dataset): { label: number; jpeg: string }[] {
  return Array.from({ length: dataset.count }, (_, index) => {
    const { label, jpeg } = dataset.read(index);
    return { label, jpeg: digest(jpeg) };
  });
}

describe('records and TensorFlow', { skip }, () => {
  let folder = '';
  let answer: Answer;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tensorflow-'));
    await makeDrawnPhotos(path.join(folder, 'photos'), [5, 4, 3]);
    await mkdir(path.join(folder, 'theirs'));
    const { code, stderr } = await runCli(['dataset', 'prepare', path.join(folder, 'photos'), '--out', path.join(folder, 'ours'), '--size', '128', '--hold-out', '0', '--template', 'original', '--workers', '1']);
    assert.equal(code, 0, stderr);
    answer = await runPython<Answer>(python.interpreter ?? '', script, { args: [path.join(folder, 'ours'), path.join(folder, 'theirs')] });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('TensorFlow reads what is prepared, by the names of the original\'s features', async () => {
    const dataset = await openDataset(path.join(folder, 'ours'));
    try {
      assert.equal(answer.read.length, 12);
      assert.deepEqual(answer.read, recordsOf(dataset).map((record) => ({ ...record, shape: [128, 128, 3], decoded: [128, 128, 3] })));
    } finally {
      dataset.close();
    }
  });

  it('what TensorFlow wrote is read, with its labels made free of gaps', async () => {
    const dataset = await openAnyDataset(path.join(folder, 'theirs'), { holdOut: { kind: 'count', count: 0 } });
    try {
      assert.deepEqual(dataset.record.identities.map(({ name, images }) => [name, images]), [['label 0', 2], ['label 4', 2], ['label 7', 2], ['label 300', 1]]);
      assert.equal(dataset.record.imageSize, 64);
      assert.deepEqual(recordsOf(dataset), answer.written.map(({ label, jpeg }) => ({ label: [0, 4, 7, 300].indexOf(label), jpeg })));
    } finally {
      dataset.close();
    }
  });
});
