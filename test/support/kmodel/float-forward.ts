import { pictureInput, type Activation, type ConvNode, type DeviceGraph, type DeviceNode, type FeatureMap } from '../../../src/kmodel/compiler/device-graph';

/**
 * The compiler's graph in floats, slowly and without an engine.
 * @param picture RGB [height, width, 3]
 * @returns output of each node, [channels][height][width]
 */
export function floatForward(graph: DeviceGraph, picture: Uint8Array): ReadonlyMap<string, Float64Array> {
  const { width, height, channels } = graph.input;
  const { mean, deviation } = graph.normalization;
  const pixels = width * height;
  const planes = Float64Array.from({ length: picture.length }, (_, i) => ((picture[(i % pixels) * channels + Math.floor(i / pixels)] as number) - mean) / deviation);
  const outputs = new Map<string, Float64Array>([[pictureInput, planes]]);
  const sizes = new Map<string, FeatureMap>([[pictureInput, graph.input]]);
  for (const node of graph.nodes) {
    const input = outputs.get(node.input) as Float64Array;
    outputs.set(node.name, forward(node, input, sizes.get(node.input) as FeatureMap, node.kind === 'conv' && node.residual !== undefined ? outputs.get(node.residual) : undefined));
    sizes.set(node.name, node.output);
  }
  return outputs;
}

function forward(node: DeviceNode, input: Float64Array, size: FeatureMap, residual: Float64Array | undefined): Float64Array {
  if (node.kind === 'conv') return convolution(node, input, size, residual);
  const perOutput = node.weights.length / node.output.channels;
  return Float64Array.from({ length: node.output.channels }, (_, output) => {
    const own = node.kind === 'globalDepthwise' ? input.subarray(output * perOutput, (output + 1) * perOutput) : input;
    return own.reduce((sum, value, i) => sum + value * (node.weights[output * perOutput + i] as number), node.bias[output] as number);
  });
}

function convolution(node: ConvNode, input: Float64Array, { width, height, channels }: FeatureMap, residual: Float64Array | undefined): Float64Array {
  const { kernelSize, stride, depthwise, phase, output } = node;
  const reach = (kernelSize - 1) / 2;
  const offset = stride === 2 && phase === 'odd' ? 1 : 0;
  const inputs = depthwise ? 1 : channels;
  return Float64Array.from({ length: output.channels * output.height * output.width }, (_, i) => {
    const row = Math.floor(i / (output.height * output.width));
    const y = Math.floor((i % (output.height * output.width)) / output.width) * stride + offset;
    const x = (i % output.width) * stride + offset;
    let sum = (node.bias[row] as number) + (residual?.[i] ?? 0);
    for (let channel = 0; channel < inputs; channel++) {
      const plane = (depthwise ? row : channel) * height * width;
      for (let ky = 0; ky < kernelSize; ky++) {
        for (let kx = 0; kx < kernelSize; kx++) {
          const [sy, sx] = [y + ky - reach, x + kx - reach];
          if (sy < 0 || sx < 0 || sy >= height || sx >= width) continue;
          sum += (input[plane + sy * width + sx] as number) * (node.weights[((row * inputs + channel) * kernelSize + ky) * kernelSize + kx] as number);
        }
      }
    }
    return activated(node.activation, sum, row);
  });
}

function activated(activation: Activation, value: number, channel: number): number {
  switch (activation.kind) {
    case 'linear':
      return value;
    case 'leakyRelu':
      return value < 0 ? value * activation.slope : value;
    case 'prelu':
      return value < 0 ? value * (activation.slopes[channel] as number) : value;
    case 'relu':
      return Math.min(activation.maxValue ?? Infinity, Math.max(0, value));
  }
}
