import type { CompiledModel } from './compiler/compile';
import { isAddition, type DeviceGraph } from './compiler/device-graph';
import { layerLatency } from './latency';
import { mainMemoryOutputFlag } from './v3/program';

/**
 * Estimated time of the program if the processor did the additions that its convolutions do, as other compilers have it: the KPU's map
 * goes to main memory, is added there, and comes back.
 * @returns milliseconds at the usual clock; undefined when nothing is added
 */
export function latencyWithAdditionsOnCpu({ nodes }: DeviceGraph, { program, origins }: CompiledModel): number | undefined {
  const separate = new Set(nodes.filter(isAddition).map(({ name }) => name));
  const added = new Map(nodes.flatMap((node) => (node.kind === 'conv' && node.residual !== undefined ? [[node.name, node.output] as const] : [])));
  if (added.size === 0) return undefined;
  return program.layers.reduce((total, layer, index) => {
    const own = layerLatency(layer, program.weightBits).milliseconds;
    const map = added.get(origins[index]?.name ?? '');
    if (!map || layer.kind !== 'conv') return total + own;
    const { width, height, channels } = map;
    const count = width * height * channels;
    const registers = { ...layer.registers, inputChannels: layer.registers.inputChannels - channels };
    const alone = separate.has(origins[index]?.name ?? '') ? { milliseconds: 0 } : layerLatency({ ...layer, registers, flags: layer.flags | mainMemoryOutputFlag }, program.weightBits);
    const none = { offsetA: 0, multiplierA: 0, shiftA: 0, offsetB: 0, multiplierB: 0, shiftB: 0, offsetOutput: 0, multiplierOutput: 0, shiftOutput: 0 };
    const addition = layerLatency({ kind: 'quantizedAdd', flags: 1, inputA: 0, inputB: 0, output: 0, count, ...none }, program.weightBits);
    const upload = layerLatency({ kind: 'upload', flags: 0, input: 0, outputLine: 0, width, height, channels }, program.weightBits);
    return total + alone.milliseconds + addition.milliseconds + upload.milliseconds;
  }, 0);
}
