/**
 * Gradients of convolutions, put together from operations that the WebAssembly backend has. NHWC; filters [height, width, in, out].
 */
import type * as tfjs from '@tensorflow/tfjs';
import { appliedPadding, shape4, size, stridesOf, type ConvolutionWindow, type Tf } from './convolution-window';

/**
 * Gradient of a 2-D convolution with respect to its filter: for each tap, the product of the shifted image and `dy`.
 * @param x [n, h, w, in] @param dy [n, oh, ow, out] @param filterShape [kh, kw, in, out]
 */
export function conv2dFilterGradient(tf: Tf, x: tfjs.Tensor4D, dy: tfjs.Tensor4D, filterShape: readonly number[], window: ConvolutionWindow): tfjs.Tensor4D {
  return tf.tidy(() => {
    const inputs = size(filterShape, 2);
    const outputs = size(filterShape, 3);
    const dyRows = tf.reshape(dy, [-1, outputs]);
    const taps = shiftedImages(tf, x, dy.shape, filterShape, window).map((image) => tf.matMul(tf.reshape(image, [-1, inputs]), dyRows, true, false));
    return tf.reshape(tf.stack(taps), shape4(filterShape));
  });
}

/**
 * Gradient of a depthwise convolution with respect to its filter.
 * @param filterShape [kh, kw, channels, 1]
 * @throws Error for another depth multiplier
 */
export function depthwiseFilterGradient(tf: Tf, x: tfjs.Tensor4D, dy: tfjs.Tensor4D, filterShape: readonly number[], window: ConvolutionWindow): tfjs.Tensor4D {
  requireDepthMultiplier1(filterShape);
  return tf.tidy(() => {
    const channels = size(filterShape, 2);
    const taps = shiftedImages(tf, x, dy.shape, filterShape, window).map((image) => tf.sum(tf.reshape(tf.mul(image, dy), [-1, channels]), 0));
    return tf.reshape(tf.stack(taps), shape4(filterShape));
  });
}

/**
 * Gradient of a depthwise convolution with respect to its image: `dy` with zeros put between its pixels, convolved with the
 * reversed filter.
 * @throws Error for a depth multiplier other than 1
 */
export function depthwiseInputGradient(
  tf: Tf, dy: tfjs.Tensor4D, filter: tfjs.Tensor4D, inputShape: readonly number[], window: ConvolutionWindow,
): tfjs.Tensor4D {
  requireDepthMultiplier1(filter.shape);
  return tf.tidy(() => {
    const [kernelHeight, kernelWidth] = filter.shape;
    const pad = appliedPadding(window, inputShape, dy.shape, kernelHeight, kernelWidth);
    const spread = spreadPixels(tf, dy, stridesOf(window));
    const height = size(inputShape, 1) + pad.top + pad.bottom;
    const width = size(inputShape, 2) + pad.left + pad.right;
    const framed = tf.pad(spread, [[0, 0], [kernelHeight - 1, height - spread.shape[1]], [kernelWidth - 1, width - spread.shape[2]], [0, 0]]);
    const full = tf.depthwiseConv2d(framed, tf.reverse(filter, [0, 1]), 1, 'valid');
    return tf.slice(full, [0, pad.top, pad.left, 0], [size(inputShape, 0), size(inputShape, 1), size(inputShape, 2), size(inputShape, 3)]);
  });
}

/** For each tap of the filter, row by row: the padded image as that tap sees it, [n, oh, ow, channels]. */
function shiftedImages(tf: Tf, x: tfjs.Tensor4D, outputShape: readonly number[], filterShape: readonly number[], window: ConvolutionWindow): tfjs.Tensor4D[] {
  const [count, , , channels] = x.shape;
  const [strideY, strideX] = stridesOf(window);
  const kernelHeight = size(filterShape, 0);
  const kernelWidth = size(filterShape, 1);
  const pad = appliedPadding(window, x.shape, outputShape, kernelHeight, kernelWidth);
  const padded = tf.pad(x, [[0, 0], [pad.top, pad.bottom], [pad.left, pad.right], [0, 0]]);
  const spanY = (size(outputShape, 1) - 1) * strideY + 1;
  const spanX = (size(outputShape, 2) - 1) * strideX + 1;
  const images: tfjs.Tensor4D[] = [];
  for (let row = 0; row < kernelHeight; row++) {
    for (let column = 0; column < kernelWidth; column++) {
      images.push(tf.stridedSlice(padded, [0, row, column, 0], [count, row + spanY, column + spanX, channels], [1, strideY, strideX, 1]) as tfjs.Tensor4D);
    }
  }
  return images;
}

/** Puts strides - 1 zeros between the pixels of an image. */
function spreadPixels(tf: Tf, image: tfjs.Tensor4D, [strideY, strideX]: readonly [number, number]): tfjs.Tensor4D {
  if (strideY === 1 && strideX === 1) return image;
  const [count, height, width, channels] = image.shape;
  const rows = tf.pad(tf.reshape(image, [count * height, 1, width, channels]), [[0, 0], [0, strideY - 1], [0, 0], [0, 0]]);
  const columns = tf.pad(tf.reshape(rows, [count * height * strideY * width, 1, channels]), [[0, 0], [0, strideX - 1], [0, 0]]);
  const spread = tf.reshape(columns, [count, height * strideY, width * strideX, channels]) as tfjs.Tensor4D;
  return tf.slice(spread, [0, 0, 0, 0], [count, (height - 1) * strideY + 1, (width - 1) * strideX + 1, channels]);
}

function requireDepthMultiplier1(filterShape: readonly number[]): void {
  const multiplier = size(filterShape, 3);
  if (multiplier !== 1) throw new Error(`The WebAssembly engine has no gradient of a depthwise convolution with depth multiplier ${multiplier}; only 1 is supported`);
}
