/**
 * A second implementation of the networks, heads and losses with plain TensorFlow.js operations and its own differentiation,
 * written from the definitions alone: what the train graph is checked against.
 */
import type * as tfjs from '@tensorflow/tfjs';
import type { Layer, NetworkSpec } from '../../src/network/network-spec';

type Tf = typeof tfjs;
export type Parameters = ReadonlyMap<string, tfjs.Tensor>;

/** Embedding of normalised images, with the batch's own statistics; dropout is left out (set its rate to 0). */
export function referenceEmbedding(tf: Tf, spec: NetworkSpec, images: tfjs.Tensor4D, parameters: Parameters): tfjs.Tensor2D {
  const outputs = new Map<string, tfjs.Tensor>();
  const parameter = (layer: string, name: string): tfjs.Tensor => required(parameters.get(`${layer}/${name}`), `${layer}/${name}`);
  for (const layer of spec.layers) outputs.set(layer.name, applyLayer(tf, layer, images, outputs, parameter));
  return required(outputs.get(spec.output), spec.output) as tfjs.Tensor2D;
}

function applyLayer(
  tf: Tf, layer: Layer, images: tfjs.Tensor, outputs: ReadonlyMap<string, tfjs.Tensor>, parameter: (layer: string, name: string) => tfjs.Tensor,
): tfjs.Tensor {
  if (layer.kind === 'input') return images;
  if (layer.kind === 'add') return tf.add(required(outputs.get(layer.inputs[0]), layer.name), required(outputs.get(layer.inputs[1]), layer.name));
  const x = required(outputs.get(layer.input), layer.input);
  const withBias = (y: tfjs.Tensor, useBias: boolean): tfjs.Tensor => (useBias ? y.add(parameter(layer.name, 'bias')) : y);
  switch (layer.kind) {
    case 'conv2d':
      return withBias(tf.conv2d(x as tfjs.Tensor4D, parameter(layer.name, 'kernel') as tfjs.Tensor4D, layer.strides, layer.padding), layer.useBias);
    case 'depthwiseConv2d':
      return withBias(tf.depthwiseConv2d(x as tfjs.Tensor4D, parameter(layer.name, 'depthwise_kernel') as tfjs.Tensor4D, layer.strides, layer.padding), layer.useBias);
    case 'dense':
      return withBias(tf.matMul(x as tfjs.Tensor2D, parameter(layer.name, 'kernel') as tfjs.Tensor2D), layer.useBias);
    case 'zeroPadding2d':
      return tf.pad(x, [[0, 0], [...layer.padding[0]], [...layer.padding[1]], [0, 0]]);
    case 'batchNormalization': {
      const { mean, variance } = tf.moments(x, x.shape.map((_, axis) => axis).slice(0, -1));
      const normalised = x.sub(mean).div(variance.add(layer.epsilon).sqrt());
      return normalised.mul(parameter(layer.name, 'gamma')).add(parameter(layer.name, 'beta'));
    }
    case 'prelu':
      return tf.prelu(x, parameter(layer.name, 'alpha'));
    case 'leakyRelu':
      return tf.leakyRelu(x, layer.negativeSlope);
    case 'relu':
      return layer.maxValue === 6 ? tf.relu6(x) : tf.relu(x);
    case 'flatten':
      return x.reshape([x.shape[0] ?? 1, -1]);
    case 'dropout':
      return x;
  }
}

/** Mean cross-entropy of a dense layer with bias. */
export function referenceSoftmaxLoss(tf: Tf, embedding: tfjs.Tensor2D, labels: readonly number[], kernel: tfjs.Tensor2D, bias: tfjs.Tensor): tfjs.Scalar {
  return meanCrossEntropy(tf, tf.matMul(embedding, kernel).add(bias), labels);
}

/** Mean cross-entropy of ArcFace with the hard rule past pi - m, by way of masks over the whole matrix. */
export function referenceArcFaceLoss(
  tf: Tf, embedding: tfjs.Tensor2D, labels: readonly number[], kernel: tfjs.Tensor2D, scale: number, margin: number,
): tfjs.Scalar {
  const unit = (x: tfjs.Tensor2D, axis: number): tfjs.Tensor2D => tf.div(x, tf.sqrt(tf.sum(tf.square(x), axis, true)));
  const cosines = tf.matMul(unit(embedding, 1), unit(kernel, 0));
  const own = oneHot(tf, labels, kernel.shape[1]);
  const cosine = tf.sum(cosines.mul(own), 1, true);
  const sine = tf.sqrt(tf.sub(1, tf.square(cosine)));
  const shifted = cosine.mul(Math.cos(margin)).sub(sine.mul(Math.sin(margin)));
  const isRegular = tf.step(cosine.sub(Math.cos(Math.PI - margin)));
  const target = isRegular.mul(shifted).add(tf.sub(1, isRegular).mul(cosine.sub(margin * Math.sin(margin))));
  return meanCrossEntropy(tf, cosines.add(own.mul(target.sub(cosine))).mul(scale), labels);
}

function meanCrossEntropy(tf: Tf, logits: tfjs.Tensor, labels: readonly number[]): tfjs.Scalar {
  const own = oneHot(tf, labels, logits.shape[1] ?? 0);
  return tf.neg(tf.mean(tf.sum(own.mul(tf.logSoftmax(logits as tfjs.Tensor2D)), 1)));
}

function oneHot(tf: Tf, labels: readonly number[], depth: number): tfjs.Tensor {
  return tf.oneHot(tf.tensor1d([...labels], 'int32'), depth).toFloat();
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`Missing: ${what}`);
  return value;
}
