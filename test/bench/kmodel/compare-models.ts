import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../src/base/progress';
import { calibrationCrops } from '../../../src/cli/calibration-crops';
import { evaluationDependencies } from '../../../src/cli/evaluation-dependencies';
import { LazyEngine } from '../../../src/cli/lazy-engine';
import type { FaceEmbedder } from '../../../src/evaluation/embedding';
import { heldOutPairs, verifyHeldOut, type HeldOutSource } from '../../../src/evaluation/held-out';
import { readModel } from '../../../src/evaluation/model-embedder';
import { convertModel, type ConvertedModel } from '../../../src/kmodel/convert';

export interface Conversion {
  readonly converted: ConvertedModel;
  readonly seconds: number;
  readonly peakMemoryMb: number;
}

export interface Comparison extends Conversion {
  /** Between the embeddings of floats and chip, mean over all held-out photos. */
  readonly meanCosine: number;
  /** Areas under the curve of verification, 0..1. */
  readonly floatAuc: number;
  readonly chipAuc: number;
}

export const calibrationPhotos = 200;

/** Converts a run with photos of its dataset, and judges floats and chip by people that no training and no calibration saw. */
export async function compareModel(run: string, dataset: string, weightBits: 8 | 16): Promise<Comparison> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kmodel-bench-'));
  const lazy = new LazyEngine();
  try {
    const out = path.join(folder, 'face.kmodel');
    const conversion = await convert(run, dataset, weightBits, out, lazy);
    const dependencies = evaluationDependencies(lazy);
    const float = await dependencies.openEmbedder(run);
    const chip = await dependencies.openEmbedder(out);
    const source = await dependencies.openHeldOut(dataset, float.imageSize);
    try {
      const meanCosine = await meanCosineOf(float, chip, source);
      const auc = async (embedder: FaceEmbedder): Promise<number> => (await verifyHeldOut(embedder, source)).auc;
      return { ...conversion, meanCosine, floatAuc: await auc(float), chipAuc: await auc(chip) };
    } finally {
      await source.close();
      float.close();
      chip.close();
    }
  } finally {
    await lazy.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function convert(run: string, dataset: string, weightBits: 8 | 16, out: string, lazy: LazyEngine): Promise<Conversion> {
  const startMs = performance.now();
  const signal = new AbortController().signal;
  const model = await readModel(run);
  const context = { progress: silentProgress, signal, verbose: false, notice: () => undefined };
  const faces = await calibrationCrops({ folder: dataset, form: model.record, faces: calibrationPhotos, aligned: false }, context, evaluationDependencies(lazy), lazy);
  const converted = await convertModel(await lazy.get(), model, {
    out, source: run, calibrationFolder: dataset, faces, overwrite: false, weightBits, ranges: 'auto', slopeParts: 'auto', globalDepthwise: 'auto', output: 'l2', progress: silentProgress, signal,
  });
  return { converted, seconds: (performance.now() - startMs) / 1000, peakMemoryMb: process.resourceUsage().maxRSS / 1024 };
}

/** Over the photos that verification pairs name. */
async function meanCosineOf(float: FaceEmbedder, chip: FaceEmbedder, source: HeldOutSource): Promise<number> {
  const pairs = heldOutPairs(source.identities);
  const pictures = [...new Set([...pairs.a, ...pairs.b])];
  let sum = 0;
  for (const picture of pictures) {
    const crop = await source.loadCrop(picture);
    const [a, b] = [await float.embed(crop, 1), await chip.embed(crop, 1)];
    sum += a.reduce((dot, value, i) => dot + value * (b[i] ?? 0), 0);
  }
  return sum / pictures.length;
}
