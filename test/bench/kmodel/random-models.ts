import { SeededRandom } from '../../../src/base/random';
import { compile, type CompiledModel } from '../../../src/kmodel/compiler/compile';
import { importNetwork } from '../../../src/kmodel/compiler/import-network';
import { quantizationOf } from '../../../src/kmodel/compiler/quantization';
import { turnForStride } from '../../../src/kmodel/compiler/turn-for-stride';
import type { KmodelFacts } from '../../../src/kmodel/kmodel-facts';
import { createNetwork, type NetworkName } from '../../../src/network/mobilefacenet';
import { trainedLikeWeights } from '../../support/trained-weights';

export interface RandomModel {
  readonly title: string;
  readonly compiled: CompiledModel;
  readonly facts: Pick<KmodelFacts, 'input' | 'embeddingLength'>;
}

const imageSize = 112;
const embeddingLength = 128;
/** Range that the weights keep the activations in. */
const range = 4;

/** A network of full size with random weights and ranges, compiled: as fast as a trained one, and made without an engine. */
export function randomModel(name: NetworkName, weightBits: 8 | 16): RandomModel {
  const spec = createNetwork(name, { imageSize, embeddingLength, activation: 'leakyRelu' });
  const { graph, inputTurn } = turnForStride(importNetwork(spec, trainedLikeWeights(spec)));
  const quantization = new Map(graph.nodes.map((node) => [node.name, quantizationOf(-range, range)]));
  const compiled = compile(graph, quantization, { weightBits, output: 'l2', globalDepthwise: 'auto', largestOutput: 1 });
  const facts = { input: { size: imageSize, layout: 'CHW', colours: 'RGB', turn: inputTurn }, embeddingLength } as const;
  return { title: `${name}${name === 'paper' ? ' with residuals' : ''}, ${weightBits}-bit weights`, compiled, facts };
}

/** Crops [count][112][112][3] of random pixels. */
export function randomCrops(count: number, seed: number): Uint8Array {
  const random = new SeededRandom(seed, 'crops');
  return Uint8Array.from({ length: count * imageSize * imageSize * 3 }, () => random.below(256));
}
