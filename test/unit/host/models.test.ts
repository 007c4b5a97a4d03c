import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type * as vscode from 'vscode';
import { UserError } from '../../../src/base/user-error';
import { evaluateArguments, evaluationFolder } from '../../../src/host/models/evaluation-target';
import { defaultTarget, exportArguments, formatsFor, packageArguments } from '../../../src/host/models/export-formats';
import { modelSource } from '../../../src/host/models/model-source';
import { withNormalization } from '../../../src/host/models/normalization-question';
import { testRecord } from '../../support/run-samples';

let root = '';
const at = (...names: string[]): string => path.join(root, ...names);

async function put(file: string, content: unknown): Promise<void> {
  await mkdir(path.dirname(at(file)), { recursive: true });
  await writeFile(at(file), typeof content === 'string' ? content : JSON.stringify(content));
}

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'models-'));
  await put('runs/r01/run.json', testRecord({ state: 'finished', dataset: '/data/set', imageSize: 64 }));
  await put('runs/r01/model/last/face.json', { format: 1, imageSize: 64, trained: { run: 'r01', step: 8 } });
  await put('zoo/face-tfjs/face.json', { imageSize: 112 });
  await put('zoo/foreign/model.json', {});
  await put('zoo/damaged/face.json', '{');
  await put('zoo/face.onnx', 'x');
  await put('zoo/notes.txt', 'x');
});
after(() => rm(root, { recursive: true, force: true }));

describe('what a path means as a model', () => {
  test('a run, also by its record', async () => {
    const run = { kind: 'run', model: at('runs/r01'), name: 'r01', home: at('runs/r01'), stem: 'r01', run: at('runs/r01'), dataset: '/data/set', imageSize: 64 };
    assert.deepEqual(await modelSource(at('runs/r01')), run);
    assert.deepEqual(await modelSource(at('runs/r01/run.json')), run);
  });

  test('a model folder of a run belongs to it', async () => {
    assert.deepEqual(await modelSource(at('runs/r01/model/last')), {
      kind: 'folder', model: at('runs/r01/model/last'), name: 'r01-last', home: at('runs/r01'), stem: 'r01-last', run: at('runs/r01'), dataset: '/data/set', imageSize: 64,
    });
  });

  test('a file in a run belongs to it', async () => {
    await put('runs/r01/r01.kmodel', 'x');
    assert.deepEqual(await modelSource(at('runs/r01/r01.kmodel')), {
      kind: 'file', model: at('runs/r01/r01.kmodel'), name: 'r01.kmodel', home: at('runs/r01'), stem: 'r01', run: at('runs/r01'), dataset: '/data/set', imageSize: 64,
    });
  });

  test('folders and files of other makers', async () => {
    assert.deepEqual(await modelSource(at('zoo/face-tfjs')), { kind: 'folder', model: at('zoo/face-tfjs'), name: 'face-tfjs', home: at('zoo'), stem: 'face-tfjs', imageSize: 112 });
    assert.equal((await modelSource(at('zoo/foreign/model.json'))).model, at('zoo/foreign'));
    assert.equal((await modelSource(at('zoo/damaged'))).kind, 'folder');
    assert.deepEqual(await modelSource(at('zoo/face.onnx')), { kind: 'file', model: at('zoo/face.onnx'), name: 'face.onnx', home: at('zoo'), stem: 'face' });
  });

  test('what is no model is refused by name', async () => {
    for (const wrong of ['zoo', 'zoo/notes.txt', 'gone']) await assert.rejects(modelSource(at(wrong)), (error) => error instanceof UserError && error.message.includes(at(wrong)));
  });
});

describe('export', () => {
  test('a file is not offered its own format', () => {
    assert.equal(formatsFor({ kind: 'run', model: '/r01.onnx' }).length, 9);
    assert.ok(!formatsFor({ kind: 'file', model: '/a.ONNX' }).includes('onnx'));
    assert.ok(!formatsFor({ kind: 'file', model: '/a.hdf5' }).includes('keras'));
    assert.deepEqual(formatsFor({ kind: 'file', model: '/a.tflite' }).filter((format) => format.startsWith('tflite')), ['tflite-dynamic', 'tflite-int8']);
  });

  test('goes beside the model, or where the last one went', () => {
    const source = { home: '/runs/r01', stem: 'r01' };
    assert.equal(defaultTarget(source, 'tflite-int8', undefined), path.join('/runs/r01', 'r01-int8.tflite'));
    assert.equal(defaultTarget(source, 'tfjs', '/out'), path.join('/out', 'r01-tfjs'));
  });

  test('arguments of the command line', () => {
    assert.deepEqual(exportArguments({ model: '/r', format: 'onnx', out: '/r.onnx', normalization: 'tf' }), ['export', '/r', '--format', 'onnx', '--out', '/r.onnx', '--normalize', 'tf', '--overwrite', '--json']);
    assert.deepEqual(exportArguments({ model: '/r', format: 'kmodel', out: '/r.kmodel', calibration: '/d', weightBits: 16 }), [
      'convert', '/r', '--out', '/r.kmodel', '--weights', '16', '--calibrate', '/d', '--overwrite', '--json',
    ]);
    assert.deepEqual(packageArguments('/r.kfpkg', '/t/r.kmodel'), ['kfpkg', '/r.kfpkg', '/t/r.kmodel@0x300000', '--overwrite', '--json']);
    assert.throws(() => exportArguments({ model: '/r', format: 'kfpkg', out: '/r.kfpkg' }), RangeError);
  });
});

describe('evaluation', () => {
  test('lies in the run, or beside other models, and apart for other photos', () => {
    const run = { kind: 'run', model: '/runs/r01', run: '/runs/r01', home: '/runs/r01' } as const;
    assert.equal(evaluationFolder(run), path.join('/runs/r01', 'evaluation', 'float'));
    assert.equal(evaluationFolder({ ...run, kind: 'file', model: '/runs/r01/r01.kmodel' }), path.join('/runs/r01', 'evaluation', 'r01.kmodel'));
    assert.equal(evaluationFolder(run, 'lfw'), path.join('/runs/r01', 'evaluation', 'float-lfw'));
    assert.equal(evaluationFolder({ kind: 'file', model: '/zoo/face.onnx', home: '/zoo' }), path.join('/zoo', 'face.onnx.evaluation'));
  });

  test('arguments of the command line', () => {
    assert.deepEqual(evaluateArguments('/r', { kind: 'dataset', folder: '/d' }, '/o', undefined), ['evaluate', '/r', '--dataset', '/d', '--out', '/o', '--json']);
    assert.deepEqual(evaluateArguments('/r', { kind: 'photos', folder: '/p', pairs: '/p.txt' }, '/o', 'tf'), ['evaluate', '/r', '--photos', '/p', '--pairs', '/p.txt', '--out', '/o', '--normalize', 'tf', '--json']);
  });
});

describe('normalization', () => {
  const memory = (kept: Record<string, string>): vscode.Memento => ({ get: (key: string) => kept[key.replace(/:[\d.]+$/, '')] }) as unknown as vscode.Memento;

  test('is not asked for when the model says it, and the remembered answer is used', async () => {
    assert.equal(await withNormalization(at('zoo/face.onnx'), memory({}), (form) => Promise.resolve(form)), undefined);
    const kept = { [`normalization:${at('zoo/face.onnx')}`]: 'insightface' };
    assert.equal(await withNormalization(at('zoo/face.onnx'), memory(kept), (form) => Promise.resolve(form)), 'insightface');
  });

  test('other failures are passed on', async () => {
    await assert.rejects(withNormalization(at('zoo/face.onnx'), memory({}), () => Promise.reject(new UserError('Full.', 'Free some.', { details: { code: 'x' } }))), /Full\./);
  });
});
