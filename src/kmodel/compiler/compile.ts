import { UserError } from '../../base/user-error';
import { layerLatency } from '../latency';
import { writeProgram } from '../v3/write-program';
import type { Layer, Program } from '../v3/program';
import type { ConvNode, DeviceGraph } from './device-graph';
import { hasTileRanges } from './global-tiles';
import { lowerFeatures, type LayerOrigin } from './lower-features';
import { globalDepthwiseForms, lowerHead, type OutputForm } from './lower-head';
import { MainMemory } from './main-memory';
import type { Quantization } from './quantization';

export interface CompileOptions {
  readonly weightBits: 8 | 16;
  readonly output: OutputForm;
  /** `auto`: the smallest file of those that are estimated to be about as fast as the fastest; exact weights where there are 16 bits for them. */
  readonly globalDepthwise: GlobalDepthwiseChoice;
  /** Largest absolute value of the embedding on the calibration pictures. */
  readonly largestOutput: number;
}

export const globalDepthwiseChoices = ['auto', ...globalDepthwiseForms] as const;
export type GlobalDepthwiseChoice = (typeof globalDepthwiseChoices)[number];

export interface CompiledModel {
  readonly program: Program;
  /** What each layer of the program computes of the network. */
  readonly origins: readonly LayerOrigin[];
  readonly quantization: ReadonlyMap<string, Quantization>;
}

/**
 * Compiles a network for the K210: lays the maps out in the KPU's memory, and encodes every layer. The same graph, ranges and options
 * give the same program.
 * @param graph turned so that it keeps even pixels, with slopes that activation tables hold
 * @param quantization of each node's output; of tiles, too, where they may be used (`tileRanges`)
 * @throws UserError naming the layer that the chip cannot compute
 */
export function compile(graph: DeviceGraph, quantization: ReadonlyMap<string, Quantization>, options: CompileOptions): CompiledModel {
  const { weightBits, output, largestOutput } = options;
  const quantizationOf = (name: string): Quantization => {
    const found = quantization.get(name);
    if (!found) throw new Error(`Node ${name} was not calibrated`);
    return found;
  };
  const convs = graph.nodes.filter((node): node is ConvNode => node.kind === 'conv');
  const heads = graph.nodes.filter((node) => node.kind !== 'conv');
  const forms = options.globalDepthwise === 'auto' ? automaticForms[weightBits].filter((form) => form !== 'tiles' || heads.some(({ name }) => hasTileRanges(name, quantization))) : [options.globalDepthwise];
  const programs = forms.map((globalDepthwise): Pick<CompiledModel, 'program' | 'origins'> => {
    const memory = new MainMemory();
    const last = convs.at(-1);
    const mapAddress = memory.take(last ? last.output.width * last.output.height * last.output.channels : 0);
    const features = lowerFeatures(graph, convs, { weightBits, quantizationOf, lastOutput: globalDepthwise === 'tiles' ? undefined : mapAddress });
    const head = lowerHead(heads, features.output, { address: mapAddress, line: features.outputLine }, memory, { weightBits, globalDepthwise, quantizationOf, output, largestOutput });
    const layers = [...features.layers, ...head.layers];
    const origins = [...features.origins, ...head.origins];
    checkCpuRuns(layers, origins);
    return { program: memory.compact({ weightBits, firstKpuLine: 0, mainMemoryBytes: memory.sizeBytes, outputs: [head.output], layers }), origins };
  });
  const milliseconds = ({ program }: Pick<CompiledModel, 'program'>): number => program.layers.reduce((sum, layer) => sum + layerLatency(layer, weightBits).milliseconds, 0);
  const limit = aboutAsFast * Math.min(...programs.map(milliseconds));
  const sizes = new Map(programs.map((each) => [each, writeProgram(each.program).length]));
  const smallest = programs.filter((each) => milliseconds(each) <= limit).reduce((best, other) => ((sizes.get(other) ?? 0) < (sizes.get(best) ?? 0) ? other : best));
  return { ...smallest, quantization };
}

/** The sums of tiles are rounded to bytes. */
const automaticForms = { 8: globalDepthwiseForms, 16: ['cpu', 'kpu'] } as const;
/** Estimates are no better than this. */
const aboutAsFast = 1.02;

/** The runtime calls itself for each layer on the processor, until a convolution ends the run: its stack holds no more (section 5). */
const mostCpuLayers = 24;

/** @throws UserError naming the layer where too long a run ends */
export function checkCpuRuns(layers: readonly Pick<Layer, 'kind'>[], origins: readonly LayerOrigin[]): void {
  let run = 0;
  layers.forEach(({ kind }, index) => {
    run = kind === 'conv' ? 0 : run + 1;
    if (run > mostCpuLayers) {
      throw new UserError(`Up to layer ${origins[index]?.name ?? ''}, more than ${mostCpuLayers} layers in a row run on the processor, which overflows the stack of the firmware.`, 'Use fewer layers behind the convolutions.');
    }
  });
}
