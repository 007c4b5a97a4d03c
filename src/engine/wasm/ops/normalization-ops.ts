import type * as tfjs from '@tensorflow/tfjs';
import { size } from '../convolution-window';
import type { OpCall, OpTable } from '../op-call';
import { requireChannelsLast } from './activation-ops';
import { sumPerChannel } from './arithmetic-ops';

const defaultEpsilon = 1e-4;

export const normalizationOps: OpTable = {
  FusedBatchNormV3: (call) => {
    requireChannelsLast(call);
    return call.bool('is_training', true) ? normalizeWithBatchStatistics(call) : normalizeWithGivenStatistics(call);
  },
  FusedBatchNormGradV3: (call) => {
    requireChannelsLast(call);
    return call.bool('is_training', true) ? gradientInTraining(call) : gradientInInference(call);
  },
};

/** Outputs: y, new moving mean, new moving variance (of the unbiased variance), mean, variance, nothing. */
function normalizeWithBatchStatistics(call: OpCall): tfjs.Tensor[] {
  const { tf } = call;
  const x = call.input(0);
  const count = valuesPerChannel(x);
  const mean = tf.div(sumPerChannel(tf, x), count);
  const centred = tf.sub(x, mean);
  const variance = tf.div(sumPerChannel(tf, tf.square(centred)), count);
  const y = scaleAndShift(call, centred, variance);
  const factor = call.float('exponential_avg_factor', 1);
  const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
  return [y, moved(call, 3, mean, factor), moved(call, 4, unbiased, factor), mean, variance, tf.zeros([0])];
}

function normalizeWithGivenStatistics(call: OpCall): tfjs.Tensor[] {
  const mean = call.input(3);
  const variance = call.input(4);
  const y = scaleAndShift(call, call.tf.sub(call.input(0), mean), variance);
  return [y, mean, variance, mean, variance, call.tf.zeros([0])];
}

function scaleAndShift(call: OpCall, centred: tfjs.Tensor, variance: tfjs.Tensor): tfjs.Tensor {
  const { tf } = call;
  return tf.add(tf.mul(centred, tf.mul(call.input(1), inverseDeviation(call, variance))), call.input(2));
}

/** The moving statistic of input `index`, moved towards that of the batch. With factor 1 the input may be empty. */
function moved(call: OpCall, index: number, batch: tfjs.Tensor, factor: number): tfjs.Tensor {
  const { tf } = call;
  return factor === 1 ? batch : tf.add(tf.mul(call.input(index), 1 - factor), tf.mul(batch, factor));
}

/** Inputs: dy, x, scale, mean, variance. Outputs: dx, dscale, doffset, two that are always empty. */
function gradientInTraining(call: OpCall): tfjs.Tensor[] {
  const { tf } = call;
  const [dy, x] = [call.input(0), call.input(1)];
  const inverse = inverseDeviation(call, call.input(4));
  const normalized = tf.mul(tf.sub(x, call.input(3)), inverse);
  const dScale = sumPerChannel(tf, tf.mul(dy, normalized));
  const dOffset = sumPerChannel(tf, dy);
  const count = valuesPerChannel(x);
  const inner = tf.sub(tf.sub(dy, tf.div(dOffset, count)), tf.mul(normalized, tf.div(dScale, count)));
  return [tf.mul(inner, tf.mul(call.input(2), inverse)), dScale, dOffset, tf.zeros([0]), tf.zeros([0])];
}

function gradientInInference(call: OpCall): tfjs.Tensor[] {
  const { tf } = call;
  const dy = call.input(0);
  const inverse = inverseDeviation(call, call.input(4));
  const normalized = tf.mul(tf.sub(call.input(1), call.input(3)), inverse);
  return [tf.mul(dy, tf.mul(call.input(2), inverse)), sumPerChannel(tf, tf.mul(dy, normalized)), sumPerChannel(tf, dy), tf.zeros([0]), tf.zeros([0])];
}

function inverseDeviation(call: OpCall, variance: tfjs.Tensor): tfjs.Tensor {
  return call.tf.rsqrt(call.tf.add(variance, call.float('epsilon', defaultEpsilon)));
}

function valuesPerChannel(x: tfjs.Tensor): number {
  return x.size / size(x.shape, x.rank - 1);
}
