import { UserError } from '../base/user-error';
import type { Weights } from '../network/network-spec';

/** The first weight that holds NaN or infinity; undefined when all are finite. */
export function firstNotFinite(values: Weights): string | undefined {
  for (const [name, { data }] of values) if (!data.every(Number.isFinite)) return name;
  return undefined;
}

export interface Divergence {
  /** What is not a number: "The loss", "The gradient", "Weight conv1/kernel". */
  readonly what: string;
  readonly value: number;
  readonly step: number;
  readonly learningRate: number;
  readonly margin: number;
  /** Run and step to go on from; undefined when there is no checkpoint. */
  readonly run: string;
  readonly checkpoint: number | undefined;
}

/** The end of a run whose numbers overflowed, with what to change. */
export function divergenceError({ what, value, step, learningRate, margin, run, checkpoint }: Divergence): UserError {
  const rate = `learning rate ${learningRate.toExponential(1)}`;
  const cause = margin > 0 ? `margin ${margin.toFixed(2)} and ${rate}` : rate;
  const remedy = margin > 0 ? 'a longer head.marginWarmUpEpochs or a lower learningRate.initial' : 'a lower learningRate.initial, a warm-up, or clipping';
  const start = checkpoint === undefined ? 'Start again with' : `The last good checkpoint is that of step ${checkpoint}: start a new run from ${run} with \`train --from\` and`;
  return new UserError(`${what} became ${Number.isNaN(value) ? 'NaN' : 'infinite'} at step ${step} with ${cause}.`, `${start} ${remedy}.`);
}
