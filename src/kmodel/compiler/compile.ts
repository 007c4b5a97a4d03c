import type { Program } from '../v3/program';
import type { Calibration } from './calibrate';
import type { ConvNode, DeviceGraph } from './device-graph';
import { lowerFeatures } from './lower-features';
import { lowerHead, type OutputForm } from './lower-head';
import { MainMemory } from './main-memory';
import { chooseQuantization, type Quantization, type RangeCriterion } from './quantization';
import { turnForStride, type InputTurn } from './turn-for-stride';

export interface CompileOptions {
  readonly weightBits: 8 | 16;
  readonly ranges: RangeCriterion;
  readonly output: OutputForm;
}

export interface CompiledModel {
  readonly program: Program;
  /** Name of the network's layer behind each layer of the program. */
  readonly layerNames: readonly string[];
  readonly inputTurn: InputTurn;
  readonly quantization: ReadonlyMap<string, Quantization>;
}

/**
 * Compiles a network for the K210: chooses byte ranges from the calibration, lays the maps out in the KPU's memory, and encodes every layer.
 * The same graph, calibration and options give the same program.
 * @throws UserError naming the layer that the chip cannot compute
 */
export function compile(graph: DeviceGraph, calibration: Calibration, options: CompileOptions): CompiledModel {
  const { graph: turned, inputTurn } = turnForStride(graph);
  const quantization = new Map([...calibration.statistics].map(([name, statistics]) => [name, chooseQuantization(statistics, options.ranges)]));
  const quantizationOf = (name: string): Quantization => {
    const found = quantization.get(name);
    if (!found) throw new Error(`Node ${name} was not calibrated`);
    return found;
  };
  const convs = turned.nodes.filter((node): node is ConvNode => node.kind === 'conv');
  const memory = new MainMemory();
  const last = convs.at(-1);
  const mapAddress = memory.take(last ? last.output.width * last.output.height * last.output.channels : 0);
  const features = lowerFeatures(turned, convs, { weightBits: options.weightBits, quantizationOf, lastOutput: mapAddress });
  const head = lowerHead(turned.nodes.filter((node) => node.kind !== 'conv'), features.output, mapAddress, memory, {
    weightBits: options.weightBits, quantizationOf, output: options.output,
    largestOutput: calibration.embeddings.reduce((largest, embedding) => embedding.reduce((most, value) => Math.max(most, Math.abs(value)), largest), 1e-6),
  });
  return {
    program: memory.compact({ weightBits: options.weightBits, firstKpuLine: 0, mainMemoryBytes: memory.sizeBytes, outputs: [head.output], layers: [...features.layers, ...head.layers] }),
    layerNames: [...features.names, ...head.names], inputTurn, quantization,
  };
}
