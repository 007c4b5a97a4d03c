import { convShapeOf, type ConvShape } from './v3/kpu-registers';
import { mainMemoryOutputFlag, type ConvLayer, type Layer } from './v3/program';

/** A convolution in words: kernel, and sizes with channels. */
export function convText({ inputWidth, inputHeight, inputChannels, outputWidth, outputHeight, outputChannels, kernelSize, depthwise }: ConvShape): string {
  return `${depthwise ? 'depthwise ' : ''}${kernelSize}x${kernelSize}, ${inputWidth} x ${inputHeight} x ${inputChannels} -> ${outputWidth} x ${outputHeight} x ${outputChannels}`;
}

/** Sizes and channels of a layer, or its number of values. */
export function shapeText(layer: Layer): string {
  switch (layer.kind) {
    case 'conv':
      return convText(convShapeOf(layer.registers));
    case 'fullyConnected':
      return `${layer.inputChannels} -> ${layer.outputChannels}`;
    case 'concat':
    case 'quantizedConcat':
      return `${layer.inputs.length} parts`;
    case 'globalAveragePool2d':
      return `${layer.kernelSize} x ${layer.channels} -> ${layer.channels}`;
    case 'averagePool2d':
    case 'quantizedMaxPool2d':
      return `${layer.inputWidth} x ${layer.inputHeight} x ${layer.inputChannels} -> ${layer.outputWidth} x ${layer.outputHeight} x ${layer.outputChannels}`;
    case 'upload':
    case 'tensorflowFlatten':
    case 'resizeNearestNeighbor':
    case 'quantizedResizeNearestNeighbor':
      return `${layer.width} x ${layer.height} x ${layer.channels}`;
    case 'addPadding':
    case 'removePadding':
      return `${layer.channels}`;
    case 'channelwiseDequantize':
      return `${layer.channels} x ${layer.channelSize}`;
    default:
      return `${layer.count}`;
  }
}

/** What a convolution does, without its sizes. */
export function convTitle({ inputWidth, outputWidth, kernelSize, depthwise }: ConvShape): string {
  const stride = Math.round(inputWidth / outputWidth);
  return `${depthwise ? 'depthwise' : 'conv'} ${kernelSize}x${kernelSize}${stride > 1 ? `, /${stride}` : ''}`;
}

/** What a layer does, without its sizes: "conv 3x3, /2", "fully connected". */
export function titleText(layer: Layer): string {
  if (layer.kind !== 'conv') return layer.kind.replace('2d', '').replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`).replace('l2', 'L2');
  return `${convTitle(convShapeOf(layer.registers))}${(layer.flags & mainMemoryOutputFlag) === 0 ? '' : ', to main memory'}`;
}

/** Sizes and channels of what a layer gives, or its number of values. */
export function outputText(layer: Layer): string {
  if (layer.kind === 'concat' || layer.kind === 'quantizedConcat') return `${layer.inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)} bytes`;
  return shapeText(layer).split(' -> ').at(-1) ?? '';
}

/** How a layer's numbers stand for real ones. */
export interface LayerQuantization {
  /** Byte that stands for 0 in a convolution's input. */
  readonly inputZero?: number;
  /** Weight that stands for 0. */
  readonly weightZero?: number;
  /** Segments of the activation that values can reach. */
  readonly segments?: number;
  /** real = byte * scale + bias. */
  readonly scale?: number;
  readonly bias?: number;
}

/** Segments from here on are never reached. */
const unusedStart = 2 ** 35 - 64;

export function quantizationOfLayer(layer: Layer): LayerQuantization | undefined {
  if (layer.kind === 'conv') return convQuantization(layer);
  return layer.kind === 'quantize' || layer.kind === 'dequantize' ? { scale: layer.scale, bias: layer.bias } : undefined;
}

function convQuantization({ registers, activation }: ConvLayer): LayerQuantization {
  const segments = activation.filter(({ start }) => start < unusedStart).length;
  return { inputZero: registers.padValue, weightZero: 0 - registers.argumentX / 2 ** registers.shiftX, segments };
}

export function quantizationText({ inputZero, weightZero, segments, scale, bias }: LayerQuantization): string {
  if (scale !== undefined && bias !== undefined) return `byte * ${scale.toPrecision(4)} ${bias < 0 ? '-' : '+'} ${Math.abs(bias).toPrecision(4)}`;
  return `zero ${inputZero}, of weights ${weightZero}, ${segments} segments`;
}
