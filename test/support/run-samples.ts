import type { RunEventOf, RunRecord } from '../../src/protocol/run';

/** A valid run record; `changes` say what the test is about. */
export function testRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    format: 1, toolVersion: '0.1.0', name: 'r01', createdAt: '2026-01-01T00:00:00.000Z', state: 'running', network: 'k210-s', head: 'softmax',
    dataset: '/data/set', datasetFingerprint: 'f'.repeat(64), identities: 20, images: 400, heldOutIdentities: 4, imageSize: 112,
    firstStep: 0, lastStep: 100, stepsPerEpoch: 10, engine: 'native', machine: { platform: 'linux-x64', cores: 2, memoryBytes: 8e9 }, recipe: {},
    ...changes,
  };
}

/** A step event whose loss falls as 3 / sqrt(step). */
export function testStep(step: number, changes: Partial<RunEventOf<'step'>> = {}): RunEventOf<'step'> {
  return {
    kind: 'step', step, timeMs: step * 1000, epoch: Math.floor(step / 10), loss: 3 / Math.sqrt(step), accuracy: Math.min(1, step / 100),
    learningRate: 1e-3, margin: 0, imagesPerSecond: 30, dataShare: 0.1, memoryBytes: 1e9, ...changes,
  };
}

/** A validation with this loss on 40 images. */
export function testValidation(step: number, loss: number | null): RunEventOf<'validation'> {
  return { kind: 'validation', step, timeMs: step * 1000, epoch: Math.floor(step / 10), loss, accuracy: 0.5, images: 40 };
}

/** A verification on held-out people with this AUC. */
export function testEvaluation(step: number, auc: number): RunEventOf<'evaluation'> {
  return {
    kind: 'evaluation', step, timeMs: step * 1000, best: true,
    summary: { pairs: 600, accuracy: auc - 0.05, accuracyDeviation: 0.01, auc, eer: 1 - auc, threshold: 0.3 },
  };
}
