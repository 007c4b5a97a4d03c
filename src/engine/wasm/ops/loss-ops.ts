import type * as tfjs from '@tensorflow/tfjs';
import { size } from '../convolution-window';
import type { OpCall, OpTable } from '../op-call';

export const lossOps: OpTable = {
  SparseSoftmaxCrossEntropyWithLogits: softmaxCrossEntropy,
};

/** Outputs: loss per row, and its gradient with respect to the logits. */
function softmaxCrossEntropy(call: OpCall): tfjs.Tensor[] {
  const { tf } = call;
  const logits = call.input(0);
  const classes = size(logits.shape, 1);
  const bad = call.integers(1).find((label) => label < 0 || label >= classes);
  if (bad !== undefined) throw new Error(`received a label value of ${bad} which is outside the valid range of [0, ${classes})`);
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const exponentials = tf.exp(shifted);
  const sums = tf.sum(exponentials, 1, true);
  const target = tf.cast(tf.oneHot(tf.cast(call.input(1), 'int32'), classes), 'float32');
  const loss = tf.sub(tf.log(tf.reshape(sums, [-1])), tf.sum(tf.mul(shifted, target), 1));
  return [loss, tf.sub(tf.div(exponentials, sums), target)];
}
