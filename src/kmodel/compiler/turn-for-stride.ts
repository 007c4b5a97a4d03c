import { UserError } from '../../base/user-error';
import type { DeviceGraph, DeviceNode } from './device-graph';
import { turnedKernels } from './kernel-layout';

/** How the picture must be turned before it enters the model. */
export type InputTurn = 'none' | 'rotate180';

/**
 * The chip can keep only the even pixels of a convolution of stride 2. Odd ones are even ones in a picture that is turned by 180
 * degrees, with every kernel turned as well; the embedding stays the same (design document "k210-kmodel", section 6.6).
 * @throws UserError naming two layers whose paddings no one turn can serve
 */
export function turnForStride(graph: DeviceGraph): { readonly graph: DeviceGraph; readonly inputTurn: InputTurn } {
  const strided = graph.nodes.filter((node) => node.kind === 'conv' && node.stride === 2);
  const odd = strided.find((node) => node.kind === 'conv' && node.phase === 'odd');
  if (!odd) return { graph, inputTurn: 'none' };
  const even = strided.find((node) => node.kind === 'conv' && node.phase === 'even');
  if (even) {
    throw new UserError(`Layers ${even.name} and ${odd.name} pad differently before stride 2 (one on every side, one only behind).`, 'Use the same padding for all layers of stride 2.');
  }
  return { graph: { ...graph, nodes: graph.nodes.map(turned) }, inputTurn: 'rotate180' };
}

function turned(node: DeviceNode): DeviceNode {
  if (node.kind === 'conv') return node.kernelSize === 3 ? { ...node, phase: 'even', weights: turnedKernels(node.weights, 9) } : node;
  return node.kind === 'globalDepthwise' ? { ...node, weights: turnedKernels(node.weights, node.weights.length / node.output.channels) } : node;
}

/** @param picture RGB [height, width, 3] */
export function turnedPicture(picture: Uint8Array, turn: InputTurn): Uint8Array {
  if (turn === 'none') return picture;
  return picture.map((_, i) => picture[picture.length - 3 - (i - (i % 3)) + (i % 3)] as number);
}
