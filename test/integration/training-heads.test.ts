import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { openEngine } from '../../src/engine/open-engine';
import type { Weight } from '../../src/network/network-spec';
import { adaCosScale } from '../../src/training/heads/arcface';
import type { HeadSettings, HeadSettingsInput } from '../../src/training/heads/head-settings';
import { sampleIdentities } from '../../src/training/heads/sample-identities';
import { engineTests } from '../support/engine';
import { HeadTrial, embeddingLength, type TrialOptions } from '../support/head-trial';
import { referenceLoss, referenceQuality, slopes } from '../support/reference-heads';

const identities = 9;
const labels = [2, 5, 8, 0, 5];
const scale = 6;

/** The centres of each identity in a kernel whose columns are grouped by identity. */
function centresOf(kernel: ArrayLike<number>, each: number, count: number): number[][][] {
  const columns = count * each;
  return Array.from({ length: count }, (_, identity) =>
    Array.from({ length: each }, (_unit, part) =>
      Array.from({ length: embeddingLength }, (_value, k) => kernel[k * columns + identity * each + part] ?? NaN)));
}

function subCentersOf(settings: HeadSettings): number {
  return settings.kind === 'subcenter-arcface' ? settings.subCenters : 1;
}

/** Loss as a function of the dense kernel, the head's kernel, and the biases. */
function lossOf(trial: HeadTrial): (dense: ArrayLike<number>, kernel: ArrayLike<number>, biases: ArrayLike<number>) => number {
  const { settings, options } = trial;
  const { quality } = qualityOf(trial);
  const resolved = settings.kind === 'softmax' ? 1 : settings.scale === 'adacos' ? adaCosScale(options.identities) : settings.scale;
  return (dense, kernel, biases) =>
    referenceLoss(settings, {
      embeddings: trial.embeddings(dense), labels: options.labels, centres: centresOf(kernel, subCentersOf(settings), options.identities),
      biases: Array.from(biases), scale: resolved, marginShare: 1, quality,
    });
}

function qualityOf(trial: HeadTrial): ReturnType<typeof referenceQuality> {
  const { settings } = trial;
  if (settings.kind !== 'adaface') return { quality: [], mean: 0, deviation: 0 };
  const before = { mean: trial.value('head/norm_mean').data[0] ?? NaN, deviation: trial.value('head/norm_deviation').data[0] ?? NaN };
  return referenceQuality(trial.embeddings(trial.value('embedding/kernel').data), before, settings.h, settings.tAlpha);
}

function relativeDifference(actual: Weight | undefined, expected: ArrayLike<number>): number {
  const values = Array.from(expected);
  assert.equal(actual?.data.length, values.length);
  const norm = Math.hypot(...values);
  return Math.hypot(...values.map((value, i) => value - (actual?.data[i] ?? NaN))) / (norm || 1);
}

describe('heads against a calculation in double precision', () => {
  const test = engineTests({ kind: 'native' });

  const heads: readonly [string, HeadSettingsInput][] = [
    ['softmax', { kind: 'softmax' }],
    ['ArcFace with the scale of AdaCos', { kind: 'arcface' }],
    // The large margin takes some of the batch past pi - m.
    ['ArcFace past pi - m', { kind: 'arcface', margin: 1.4, scale }],
    ['ArcFace with the easy margin', { kind: 'arcface', margin: 0.5, easyMargin: true, scale }],
    ['CosFace', { kind: 'cosface', scale }],
    ['combined margin of m2 and m3', { kind: 'combined', scale }],
    ['combined margin of all three, past pi', { kind: 'combined', m1: 1.35, m2: 0.9, m3: 0.1, scale }],
    ['combined margin of m1 alone', { kind: 'combined', m1: 1.2, m2: 0, m3: 0, scale }],
    ['AdaFace', { kind: 'adaface', scale, tAlpha: 0.3 }],
    ['sub-center ArcFace', { kind: 'subcenter-arcface', subCenters: 3, scale }],
    ['sub-center ArcFace with one centre', { kind: 'subcenter-arcface', subCenters: 1, scale }],
  ];
  for (const [name, head] of heads) {
    test(name, async (engine, context) => {
      const trial = new HeadTrial(engine, { head, identities, labels });
      try {
        const loss = lossOf(trial);
        const dense = Float64Array.from(trial.value('embedding/kernel').data);
        const kernel = Float64Array.from(trial.value('head/kernel').data);
        const biases = Float64Array.from(head.kind === 'softmax' ? trial.value('head/bias').data : []);
        const ours = await trial.gradients();
        const expected = loss(dense, kernel, biases);
        const differences = [
          relativeDifference(ours.gradients.get('embedding/kernel'), slopes(dense, (values) => loss(values, kernel, biases))),
          relativeDifference(ours.gradients.get('head/kernel'), slopes(kernel, (values) => loss(dense, values, biases))),
          ...(head.kind === 'softmax' ? [relativeDifference(ours.gradients.get('head/bias'), slopes(biases, (values) => loss(dense, kernel, values)))] : []),
        ];
        context.diagnostic(`loss ${ours.loss.toFixed(6)} against ${expected.toFixed(6)}; gradients differ by ${differences.map((value) => value.toExponential(1)).join(', ')}`);
        assert.ok(Math.abs(ours.loss - expected) < 1e-5 * (1 + expected), `loss ${ours.loss} against ${expected}`);
        assert.ok(differences.every((value) => value < 2e-4), differences.join(', '));
      } finally {
        trial.close();
      }
    });
  }

  test('AdaFace moves the statistics of the norms, and trains them by no gradient', async (engine) => {
    const trial = new HeadTrial(engine, { head: { kind: 'adaface', scale, tAlpha: 0.3 }, identities, labels });
    try {
      const { mean, deviation } = qualityOf(trial);
      assert.ok(!trial.graph.gradients.has('head/norm_mean'));
      const { values } = await trial.train(1, 0.1);
      assert.ok(Math.abs((values.get('head/norm_mean')?.data[0] ?? NaN) - mean) < 1e-5);
      assert.ok(Math.abs((values.get('head/norm_deviation')?.data[0] ?? NaN) - deviation) < 1e-5);
    } finally {
      trial.close();
    }
  });

  test('pictures exactly at and opposite to their centres give finite gradients with every head', async (engine) => {
    for (const head of heads.map(([, settings]) => settings)) {
      const trial = new HeadTrial(engine, { head, identities, labels });
      try {
        const each = subCentersOf(trial.settings);
        const kernel = trial.value('head/kernel').data;
        trial.embeddings(trial.value('embedding/kernel').data).slice(0, 2).forEach((embedding, picture) => {
          const sign = picture === 0 ? 1 : -1;
          const identity = labels[picture] ?? 0;
          for (let part = 0; part < each; part++) embedding.forEach((value, k) => { kernel[k * identities * each + identity * each + part] = sign * value; });
        });
        const { loss, gradients } = await trial.gradients();
        assert.ok(Number.isFinite(loss), head.kind);
        for (const [name, { data }] of gradients) assert.ok(data.every(Number.isFinite), `${head.kind}: ${name}`);
      } finally {
        trial.close();
      }
    }
  });

  test('accuracy counts scores before the margin', async (engine) => {
    const trial = new HeadTrial(engine, { head: { kind: 'cosface', margin: 1, scale }, identities, labels });
    try {
      const embeddings = trial.embeddings(trial.value('embedding/kernel').data);
      const centres = centresOf(trial.value('head/kernel').data, 1, identities);
      const hits = embeddings.filter((embedding, picture) => {
        const scores = centres.map(([centre = []]) => embedding.reduce((sum, value, k) => sum + value * (centre[k] ?? NaN), 0) / Math.hypot(...centre));
        return scores.indexOf(Math.max(...scores)) === labels[picture];
      }).length;
      const { accuracies } = await trial.train(1, 0);
      assert.ok(Math.abs((accuracies[0] ?? NaN) - hits / labels.length) < 1e-6);
    } finally {
      trial.close();
    }
  });
});

/** A table's row of one identity as the columns of a full kernel. */
function kernelOfRows(table: Weight, rows: readonly number[], each: number): Float32Array {
  const columns = rows.length * each;
  const kernel = new Float32Array(embeddingLength * columns);
  rows.forEach((row, position) => {
    for (let part = 0; part < each; part++) {
      for (let k = 0; k < embeddingLength; k++) {
        kernel[k * columns + position * each + part] = table.data[(row * each + part) * embeddingLength + k] ?? NaN;
      }
    }
  });
  return kernel;
}

describe('Partial FC', () => {
  const test = engineTests({ kind: 'native' });
  const many = 40;
  const some = 12;
  const seed = [7, 1] as const;

  const cases: readonly [string, TrialOptions][] = [
    ['ArcFace with SGD', { head: { kind: 'arcface', scale }, identities: many, labels, sampledIdentities: some }],
    ['softmax with Adam', { head: { kind: 'softmax' }, identities: many, labels, sampledIdentities: some, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }],
    ['sub-center ArcFace with SGD', { head: { kind: 'subcenter-arcface', subCenters: 2, scale }, identities: many, labels, sampledIdentities: some }],
    [
      'ArcFace with Nesterov and weight decay',
      { head: { kind: 'arcface', scale }, identities: many, labels, sampledIdentities: some, optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true }, headWeightDecay: 0.3 },
    ],
    ['CosFace with AdamW', { head: { kind: 'cosface', scale }, identities: many, labels, sampledIdentities: some, optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-4 }, headWeightDecay: 0.3 }],
    ['softmax with Adam and weight decay', { head: { kind: 'softmax' }, identities: many, labels, sampledIdentities: some, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-4 }, headWeightDecay: 0.3 }],
  ];
  for (const [name, settings] of cases) {
    test(`${name}: steps over a sample equal those over these identities alone, and change their rows alone`, async (engine) => {
      const options = { ...settings, repeatsSample: true };
      const sample = sampleIdentities(Int32Array.from(labels), many, some, seed);
      const sampled = new HeadTrial(engine, options);
      const dense = new HeadTrial(engine, { ...options, identities: some, labels: Array.from(sample.labels), sampledIdentities: undefined });
      try {
        const each = subCentersOf(sampled.settings);
        const rows = Array.from(sample.identities);
        const table = sampled.value('head/kernel_rows');
        dense.values.set('head/kernel', { ...dense.value('head/kernel'), data: kernelOfRows(table, rows, each) });
        const bias = sampled.values.get('head/bias_rows');
        if (bias) dense.values.set('head/bias', { ...dense.value('head/bias'), data: Float32Array.from(rows, (row) => bias.data[row] ?? NaN) });
        const [ours, theirs] = [await sampled.train(3, 0.05), await dense.train(3, 0.05)];
        ours.losses.forEach((loss, i) => assert.ok(Math.abs(loss - (theirs.losses[i] ?? NaN)) < 1e-5, `step ${i + 1}: ${loss} against ${theirs.losses[i]}`));
        const after = ours.values.get('head/kernel_rows');
        assert.ok(after);
        const expected = theirs.values.get('head/kernel');
        assert.ok(relativeDifference({ shape: [], data: kernelOfRows(after, rows, each) }, expected?.data ?? []) < 1e-5);
        const width = each * embeddingLength;
        for (let identity = 0; identity < many; identity++) {
          const rowOf = ({ data }: Weight): Float32Array => data.subarray(identity * width, (identity + 1) * width);
          const before: Float32Array = rowOf(table);
          const now: Float32Array = rowOf(after);
          if (rows.includes(identity)) assert.notDeepEqual(now, before, `identity ${identity} was sampled`);
          else assert.deepEqual(now, before, `identity ${identity} was not sampled`);
        }
        assert.ok(relativeDifference(ours.values.get('embedding/kernel'), theirs.values.get('embedding/kernel')?.data ?? []) < 1e-5);
      } finally {
        sampled.close();
        dense.close();
      }
    });
  }

  test('several steps repeat bit for bit, and lower the loss', async (engine) => {
    const options: TrialOptions = { head: { kind: 'arcface', scale: 16 }, identities: many, labels, sampledIdentities: some, optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } };
    const trial = new HeadTrial(engine, options);
    try {
      const first = await trial.train(20, 0.05);
      const second = await trial.train(20, 0.05);
      assert.deepEqual(second, first);
      assert.ok((first.losses.at(-1) ?? NaN) < 0.5 * (first.losses[0] ?? NaN), first.losses.join(', '));
    } finally {
      trial.close();
    }
  });

  test('the WebAssembly fallback trains every head to the same values', async (engine) => {
    const wasm = await openEngine({ kind: 'wasm' });
    try {
      const heads: readonly HeadSettingsInput[] = [{ kind: 'cosface', scale }, { kind: 'combined', m1: 1.2, scale }, { kind: 'adaface', scale }, { kind: 'subcenter-arcface', scale }];
      for (const options of [...heads.map((head): TrialOptions => ({ head, identities, labels })), ...cases.map(([, sampled]) => sampled)]) {
        const [native, interpreted] = [new HeadTrial(engine, options), new HeadTrial(wasm, options)];
        try {
          const [expected, actual] = [await native.train(3, 0.05), await interpreted.train(3, 0.05)];
          for (const [name, weight] of expected.values) assert.ok(relativeDifference(actual.values.get(name), weight.data) < 1e-3, `${options.head.kind}: ${name}`);
        } finally {
          native.close();
          interpreted.close();
        }
      }
    } finally {
      wasm.close();
    }
  });
});
