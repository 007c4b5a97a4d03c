import type { GraphBuilder, GraphTensor } from '../../../network/graph/graph-builder';
import { binary, biasAdd, depthwiseConv2d, dimension, reshape, unary } from '../../../network/graph/operations';
import { weightNamed, type NetworkWeights } from '../published-weights';
import { concat, convolution, weightConstant, type ConvolutionWeights } from './network-operations';

/** Side of the square that the network sees. */
export const ssdSide = 512;
/** Boxes that it proposes. */
export const ssdBoxCount = 5118;
/** Classes per box; the face is the second. */
export const ssdClasses = 3;

const epsilon = 0.001;
const mobilenetLayers = 13;
const halvingLayers = new Set([2, 4, 6, 12]);
const firstFeatureLayer = 11;
const extraLayers = 8;
/** Boxes at each place of the first feature map, and of the others. */
const boxesPerPlace = [3, 6, 6, 6, 6, 6] as const;

/**
 * Single Shot Detector (Liu et al., 2015) on MobileNet v1 (Howard et al., 2017) with 512 x 512 input. Its weights are those published
 * with @vladmandic/face-api as ssd_mobilenetv1_model.
 * @param photos RGB levels 0..255 [n, 512, 512, 3]
 * @returns boxes [n, 5118, 4] as offsets from the prior boxes, and class scores [n, 5118, 3] before the sigmoid
 */
export function ssdNetwork(g: GraphBuilder, photos: GraphTensor, weights: NetworkWeights): { boxes: GraphTensor; classes: GraphTensor } {
  return g.scope('ssd', () => {
    const maps = featureMaps(g, binary(g, 'Sub', binary(g, 'RealDiv', photos, g.scalar(127.5)), g.scalar(1)), weights);
    const boxes = maps.map((map, i) => predictions(g, map, weights, `Prediction/BoxPredictor_${i}/BoxEncodingPredictor`, boxesPerPlace[i] ?? 0, 4));
    const classes = maps.map((map, i) => predictions(g, map, weights, `Prediction/BoxPredictor_${i}/ClassPredictor`, boxesPerPlace[i] ?? 0, ssdClasses));
    return { boxes: concat(g, boxes, 1, [-1, ssdBoxCount, 4]), classes: concat(g, classes, 1, [-1, ssdBoxCount, ssdClasses]) };
  });
}

/** Six maps of 32, 16, 8, 4, 2 and 1 places a side. */
function featureMaps(g: GraphBuilder, pixels: GraphTensor, weights: NetworkWeights): GraphTensor[] {
  const maps: GraphTensor[] = [];
  let x = activated(g, pixels, weights, 'MobilenetV1/Conv2d_0_pointwise', 2);
  for (let layer = 1; layer <= mobilenetLayers; layer++) {
    x = depthwise(g, x, weights, `MobilenetV1/Conv2d_${layer}_depthwise`, halvingLayers.has(layer) ? 2 : 1);
    x = activated(g, x, weights, `MobilenetV1/Conv2d_${layer}_pointwise`, 1);
    if (layer === firstFeatureLayer || layer === mobilenetLayers) maps.push(x);
  }
  for (let layer = 0; layer < extraLayers; layer += 2) {
    x = activated(g, x, weights, `Prediction/Conv2d_${layer}_pointwise`, 1);
    x = activated(g, x, weights, `Prediction/Conv2d_${layer + 1}_pointwise`, 2);
    maps.push(x);
  }
  return maps;
}

function activated(g: GraphBuilder, x: GraphTensor, weights: NetworkWeights, layer: string, strides: number): GraphTensor {
  const parts: ConvolutionWeights = { filters: weightNamed(weights, `${layer}/weights`), bias: weightNamed(weights, `${layer}/convolution_bn_offset`) };
  return unary(g, 'Relu6', convolution(g, x, parts, strides, 'same'));
}

/** Depthwise convolution with its batch normalisation in the weights. */
function depthwise(g: GraphBuilder, x: GraphTensor, weights: NetworkWeights, layer: string, strides: number): GraphTensor {
  const statistic = (name: string): Float32Array => weightNamed(weights, `${layer}/BatchNorm/${name}`).data;
  const filters = weightNamed(weights, `${layer}/depthwise_weights`);
  const variance = statistic('moving_variance');
  const mean = statistic('moving_mean');
  const scale = statistic('gamma').map((gamma, c) => gamma / Math.sqrt((variance[c] as number) + epsilon));
  const bias = statistic('beta').map((beta, c) => beta - (mean[c] as number) * (scale[c] as number));
  const scaled = filters.data.map((value, i) => value * (scale[i % scale.length] as number));
  const filtered = depthwiseConv2d(g, x, weightConstant(g, { shape: filters.shape, data: scaled }, 'filters'), strides, 'same');
  return unary(g, 'Relu6', biasAdd(g, filtered, weightConstant(g, { shape: [bias.length], data: bias }, 'bias')));
}

function predictions(g: GraphBuilder, map: GraphTensor, weights: NetworkWeights, layer: string, boxes: number, numbers: number): GraphTensor {
  const parts: ConvolutionWeights = { filters: weightNamed(weights, `${layer}/weights`), bias: weightNamed(weights, `${layer}/biases`) };
  const places = dimension(map, 1) * dimension(map, 2);
  return reshape(g, convolution(g, map, parts, 1, 'same'), [-1, places * boxes, numbers]);
}
