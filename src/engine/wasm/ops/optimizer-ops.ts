import type { OpCall, OpTable } from '../op-call';

/** One step of an optimizer on a variable, with TensorFlow's formulas (core/kernels/training_ops.cc). */
export const optimizerOps: OpTable = {
  /** Inputs: variable, learning rate, gradient. */
  ResourceApplyGradientDescent: (call) => {
    const { tf } = call;
    const variable = call.variableInput(0);
    variable.assign(tf, tf.sub(variable.value, tf.mul(call.input(1), call.input(2))));
    return [];
  },
  ResourceApplyMomentum: applyMomentum,
  ResourceApplyAdam: applyAdam,
};

/** Inputs: variable, accumulator, learning rate, gradient, momentum. */
function applyMomentum(call: OpCall): [] {
  const { tf } = call;
  const [variable, accumulator] = [call.variableInput(0), call.variableInput(1)];
  const [rate, gradient, momentum] = [call.input(2), call.input(3), call.input(4)];
  const sum = tf.add(tf.mul(accumulator.value, momentum), gradient);
  const direction = call.bool('use_nesterov') ? tf.add(gradient, tf.mul(sum, momentum)) : sum;
  variable.assign(tf, tf.sub(variable.value, tf.mul(direction, rate)));
  accumulator.assign(tf, sum);
  return [];
}

/** Inputs: variable, first and second moment, beta1^t, beta2^t, learning rate, beta1, beta2, epsilon, gradient. */
function applyAdam(call: OpCall): [] {
  const { tf } = call;
  const [variable, first, second] = [call.variableInput(0), call.variableInput(1), call.variableInput(2)];
  const [beta1, beta2, epsilon] = [call.scalar(6), call.scalar(7), call.scalar(8)];
  const gradient = call.input(9);
  const rate = (call.scalar(5) * Math.sqrt(1 - call.scalar(4))) / (1 - call.scalar(3));
  const newFirst = tf.add(first.value, tf.mul(tf.sub(gradient, first.value), 1 - beta1));
  const newSecond = tf.add(second.value, tf.mul(tf.sub(tf.square(gradient), second.value), 1 - beta2));
  const ahead = call.bool('use_nesterov') ? tf.add(tf.mul(gradient, 1 - beta1), tf.mul(newFirst, beta1)) : newFirst;
  variable.assign(tf, tf.sub(variable.value, tf.div(tf.mul(ahead, rate), tf.add(tf.sqrt(newSecond), epsilon))));
  first.assign(tf, newFirst);
  second.assign(tf, newSecond);
  return [];
}
