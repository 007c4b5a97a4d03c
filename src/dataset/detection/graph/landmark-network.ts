import type { GraphBuilder, GraphTensor } from '../../../network/graph/graph-builder';
import { binary, biasAdd, matMul, reshape, unary } from '../../../network/graph/operations';
import { weightNamed, type NetworkWeights } from '../published-weights';
import { addN, convolution, pool, separableConvolution, weightConstant } from './network-operations';

/** Side of the square that the network sees. */
export const landmarkSide = 112;
/** Numbers per face: x and y of 68 points. */
export const landmarkNumbers = 136;

const meanColor = [122.782, 117.001, 104.298] as const;
const blocks = 4;
const layersPerBlock = 4;
const lastChannels = 256;

/**
 * The 68-point landmark network of face-api.js: four densely connected blocks (Huang et al., "Densely Connected Convolutional
 * Networks", 2016; outputs are added, not stacked). Its weights are those published with @vladmandic/face-api as face_landmark_68_model.
 * @param faces RGB levels 0..255 [n, 112, 112, 3]
 * @returns [n, 136]: x and y in turn, as shares of the square
 */
export function landmarkNetwork(g: GraphBuilder, faces: GraphTensor, weights: NetworkWeights): GraphTensor {
  return g.scope('landmarks', () => {
    // Not folded into the first layer: that pads with zeros, which must mean the mean colour.
    const mean = g.constant({ dtype: 'float32', shape: [3], data: Float32Array.from(meanColor) });
    let x = binary(g, 'Mul', binary(g, 'Sub', faces, mean), g.scalar(1 / 255));
    for (let block = 0; block < blocks; block++) x = denseBlock(g, x, weights, block);
    const flat = reshape(g, pool(g, 'AvgPool', x, 7, 2, 'valid'), [-1, lastChannels]);
    const product = matMul(g, flat, weightConstant(g, weightNamed(weights, 'fc/weights'), 'weights'));
    return biasAdd(g, product, weightConstant(g, weightNamed(weights, 'fc/bias'), 'bias'));
  });
}

/** Each layer sees the rectified sum of all layers of the block before it; the first one halves the picture. */
function denseBlock(g: GraphBuilder, input: GraphTensor, weights: NetworkWeights, block: number): GraphTensor {
  const part = (layer: number, name: string) => weightNamed(weights, `dense${block}/conv${layer}/${name}`);
  const separable = (x: GraphTensor, layer: number, strides: number): GraphTensor =>
    separableConvolution(g, x, { depthwise: part(layer, 'depthwise_filter'), pointwise: part(layer, 'pointwise_filter'), bias: part(layer, 'bias') }, strides);
  const first = block === 0 ? convolution(g, input, { filters: part(0, 'filters'), bias: part(0, 'bias') }, 2, 'same') : separable(input, 0, 2);
  const outputs = [unary(g, 'Relu', first)];
  let x = addN(g, outputs);
  for (let layer = 1; layer < layersPerBlock; layer++) {
    outputs.push(separable(x, layer, 1));
    x = unary(g, 'Relu', addN(g, outputs));
  }
  return x;
}
