/**
 * What is known of the files of MobileFaceNet-Keras-K210: the names of its layers, and how its networks are wired, for files that
 * hold weights alone.
 */
import type { Layer, Weight } from '../../network-spec';
import type { KerasNetwork } from './keras-config';

/** Keras's defaults, which the original leaves as they are. */
const keras = { leakySlope: 0.3, epsilon: 1e-3, momentum: 0.99 } as const;
/** The original's three halvings in front of the global depthwise convolution, and the one of its first layer. */
const totalStride = 16;
/** `x / 127.5 - 1`: how the original's training feeds pixels. */
export const originalNormalization = { mean: 127.5, deviation: 127.5 } as const;

const blockPattern = /^conv_dw_(\d+)$/;

/** True when layers are called as the original calls them. */
export function isOriginal(layerNames: readonly string[]): boolean {
  return layerNames.includes('conv1') && layerNames.some((name) => blockPattern.test(name));
}

/** Separable blocks and the block of the last stride 2, as the file's own layers say. */
export interface OriginalBlocks {
  readonly count: number;
  readonly lastStrided: number;
}

export function originalBlocks(layerNames: readonly string[]): OriginalBlocks {
  const numbersOf = (pattern: RegExp): number[] => layerNames.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
  return { count: numbersOf(blockPattern).length, lastStrided: Math.max(-1, ...numbersOf(/^conv_pad_(\d+)$/)) };
}

/** The sentence about the original's two networks, for files of the inference network. */
export function originalMismatch({ count, lastStrided }: OriginalBlocks): string | undefined {
  if (count === 15 && lastStrided === 12) return undefined;
  return (
    `This file holds ${count} separable blocks with the last stride 2 at block ${lastStrided}: the original's inference network. ` +
    'Its training network has 15 with the last stride 2 at block 12, and weights that were copied from there by position compute something else; ' +
    'if this model recognises badly, import the file that the training saved instead.'
  );
}

/**
 * The layers of a file that holds weights only, from its layers' names in order: the original's networks are one chain.
 * @param weights weights of each layer
 * @returns layers up to the embedding; undefined when the names are not the original's
 */
export function originalChain(layerNames: readonly string[], weights: ReadonlyMap<string, readonly Weight[]>): KerasNetwork | undefined {
  const body = layerNames.filter((name) => !/^input/.test(name));
  if (!isOriginal(body)) return undefined;
  const kernelOf = (name: string): readonly number[] => weights.get(name)?.[0]?.shape ?? [];
  const globalKernel = body.find((name) => name.startsWith('depthwise_conv2d'));
  const imageSize = (kernelOf(globalKernel ?? '')[0] ?? 0) * totalStride;
  const layers: Layer[] = [{ kind: 'input', name: 'input', shape: [imageSize, imageSize, 3] }];
  const head: string[] = [];
  let last = 'input';
  for (const name of body) {
    const layer = head.length > 0 ? undefined : chainLayer(name, last, kernelOf(name), (weights.get(name)?.length ?? 0) > 1, layers);
    if (layer) {
      layers.push(layer);
      last = name;
    } else {
      head.push(name);
    }
  }
  return { layers, output: last, head, given: [], moved: [], notes: [] };
}

function chainLayer(name: string, input: string, kernel: readonly number[], useBias: boolean, before: readonly Layer[]): Layer | undefined {
  const padded = before.at(-1)?.kind === 'zeroPadding2d';
  const placing = padded ? ({ strides: 2, padding: 'valid' } as const) : ({ strides: 1, padding: 'same' } as const);
  const [kernelSize = 0] = kernel;
  if (/pad(_\d+)?$/.test(name)) return { kind: 'zeroPadding2d', name, input, padding: [[1, 1], [1, 1]] };
  if (/_bn$|^batch_normalization/.test(name)) return { kind: 'batchNormalization', name, input, epsilon: keras.epsilon, momentum: keras.momentum };
  if (/_relu(_\d+)?$|^leaky_re_lu/.test(name)) return { kind: 'leakyRelu', name, input, negativeSlope: keras.leakySlope };
  if (/^depthwise_conv2d/.test(name)) return { kind: 'depthwiseConv2d', name, input, kernelSize, strides: 1, padding: 'valid', useBias };
  if (/^conv_dw_\d+$/.test(name)) return { kind: 'depthwiseConv2d', name, input, kernelSize, ...placing, useBias };
  if (/^conv1$|^conv_pw_\d+$|^conv2d/.test(name)) return { kind: 'conv2d', name, input, filters: kernel[3] ?? 0, kernelSize, ...placing, useBias };
  if (/^dropout/.test(name)) return { kind: 'dropout', name, input, rate: 0.1 };
  if (/^flatten/.test(name)) return { kind: 'flatten', name, input };
  const isFirstDense = /^dense/.test(name) && !before.some((layer) => layer.kind === 'dense');
  return isFirstDense ? { kind: 'dense', name, input, units: kernel[1] ?? 0, useBias } : undefined;
}
