import type { GraphBuilder, GraphTensor } from '../../../network/graph/graph-builder';
import { leakyRelu } from '../../../network/graph/operations';
import { weightNamed, type NetworkWeights } from '../published-weights';
import { convolution, pool, separableConvolution, type ConvolutionWeights } from './network-operations';

/** Mean colour that the network was trained with, RGB levels; pixels enter as (level - mean) / 255. */
const meanColor = [117.001, 114.697, 97.404] as const;
const negativeSlope = 0.1;
const separableLayers = 5;

/**
 * The tiny face detector of face-api.js: a small version of YOLO v2 (Redmon and Farhadi, "YOLO9000", 2016) of separable
 * convolutions. Its weights are those that are published with @vladmandic/face-api as tiny_face_detector_model.
 * @param photos RGB levels 0..255 [n, side, side, 3]; side is a multiple of 32
 * @returns [n, side/32, side/32, 25]: x, y, width, height and score, not yet activated, for each of five anchors
 */
export function tinyFaceNetwork(g: GraphBuilder, photos: GraphTensor, weights: NetworkWeights): GraphTensor {
  return g.scope('tiny_face', () => {
    // The pool comes before the activation: both grow monotonically, so the result is the same, from a quarter of the activations.
    let x = leakyRelu(g, pool(g, 'MaxPool', convolution(g, photos, firstLayer(weights), 1, 'valid'), 2, 2, 'same'), negativeSlope);
    for (let layer = 1; layer <= separableLayers; layer++) {
      const part = (name: string) => weightNamed(weights, `conv${layer}/${name}`);
      x = separableConvolution(g, x, { depthwise: part('depthwise_filter'), pointwise: part('pointwise_filter'), bias: part('bias') }, 1);
      x = pool(g, 'MaxPool', leakyRelu(g, x, negativeSlope), 2, layer === separableLayers ? 1 : 2, 'same');
    }
    return convolution(g, x, { filters: weightNamed(weights, 'conv8/filters'), bias: weightNamed(weights, 'conv8/bias') }, 1, 'valid');
  });
}

/** The first layer with the normalisation of pixels in its weights, which is exact because it does not pad. */
function firstLayer(weights: NetworkWeights): ConvolutionWeights {
  const filters = weightNamed(weights, 'conv0/filters');
  const bias = weightNamed(weights, 'conv0/bias');
  const channels = bias.data.length;
  const shifted = Float64Array.from(bias.data);
  filters.data.forEach((value, i) => {
    const mean = meanColor[Math.floor(i / channels) % 3] ?? 0;
    shifted[i % channels] = (shifted[i % channels] as number) - (value * mean) / 255;
  });
  return { filters: { ...filters, data: filters.data.map((value) => value / 255) }, bias: { ...bias, data: Float32Array.from(shifted) } };
}
