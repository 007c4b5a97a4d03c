/**
 * The heads in double precision, one picture and one identity at a time, written from the papers alone and with real angles: what the
 * graphs are checked against. Gradients are central differences.
 */
import type { HeadSettings } from '../../src/training/heads/head-settings';

export interface ReferenceBatch {
  /** Embeddings, one row per picture. */
  readonly embeddings: readonly (readonly number[])[];
  readonly labels: readonly number[];
  /** Centres of each identity, several with sub-centres. */
  readonly centres: readonly (readonly (readonly number[])[])[];
  /** Of the softmax head. */
  readonly biases: readonly number[];
  readonly scale: number;
  /** Share of the margins in force, 0..1. */
  readonly marginShare: number;
  /** AdaFace's z of each picture, which no gradient flows through. */
  readonly quality: readonly number[];
}

/** Mean cross-entropy of a batch. */
export function referenceLoss(head: HeadSettings, batch: ReferenceBatch): number {
  const losses = batch.embeddings.map((embedding, picture) => {
    const label = batch.labels[picture] ?? 0;
    const logits = batch.centres.map((centres, identity) => {
      const own = identity === label;
      if (head.kind === 'softmax') return dot(embedding, centres[0] ?? []) + (batch.biases[identity] ?? 0);
      const cosine = Math.max(...centres.map((centre) => dot(embedding, centre) / (length(embedding) * length(centre))));
      return batch.scale * (own ? scoreWithMargin(head, cosine, batch.marginShare, batch.quality[picture] ?? 0) : cosine);
    });
    const largest = Math.max(...logits);
    return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)) - (logits[label] ?? NaN);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function scoreWithMargin(head: Exclude<HeadSettings, { kind: 'softmax' }>, cosine: number, share: number, quality: number): number {
  const angle = Math.acos(cosine);
  switch (head.kind) {
    case 'arcface':
    case 'subcenter-arcface': {
      const margin = head.margin * share;
      if (head.easyMargin) return angle < Math.PI / 2 ? Math.cos(angle + margin) : cosine;
      return angle + margin < Math.PI ? Math.cos(angle + margin) : cosine - margin * Math.sin(margin);
    }
    case 'cosface':
      return cosine - head.margin * share;
    case 'combined': {
      const shifted = (1 + (head.m1 - 1) * share) * angle + head.m2 * share;
      return (shifted < Math.PI ? Math.cos(shifted) : -2 - Math.cos(shifted)) - head.m3 * share;
    }
    case 'adaface': {
      const margin = head.margin * share;
      return Math.cos(Math.min(Math.PI - 1e-3, Math.max(1e-3, angle - margin * quality))) - (margin + margin * quality);
    }
  }
}

/** AdaFace's z of each picture, and the moving statistics after the batch. */
export function referenceQuality(
  embeddings: readonly (readonly number[])[], before: { readonly mean: number; readonly deviation: number }, h: number, tAlpha: number,
): { quality: number[]; mean: number; deviation: number } {
  const norms = embeddings.map((embedding) => Math.min(100, Math.max(1e-3, length(embedding))));
  const batchMean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  const batchDeviation = Math.sqrt(norms.reduce((sum, norm) => sum + (norm - batchMean) ** 2, 0) / (norms.length - 1));
  const mean = tAlpha * batchMean + (1 - tAlpha) * before.mean;
  const deviation = tAlpha * batchDeviation + (1 - tAlpha) * before.deviation;
  return { quality: norms.map((norm) => Math.min(1, Math.max(-1, ((norm - mean) / (deviation + 1e-3)) * h))), mean, deviation };
}

/** Slope of `loss` along each number of `values`. */
export function slopes(values: Float64Array, loss: (values: Float64Array) => number): Float64Array {
  const step = 1e-6;
  return values.map((value, index) => {
    const moved = (by: number): number => {
      const copy = values.slice();
      copy[index] = value + by;
      return loss(copy);
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

function length(a: readonly number[]): number {
  return Math.sqrt(dot(a, a));
}
