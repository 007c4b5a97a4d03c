import { convShapeOf } from '../../../src/kmodel/v3/kpu-registers';
import type { ConvLayer } from '../../../src/kmodel/v3/program';

/**
 * The KPU's arithmetic a second time, in whole numbers without limit and one value after the other, straight from the design
 * document's formulas (sections 3.3 and 4): to check the simulator against.
 */
export function slowConvolution(layer: ConvLayer, input: Uint8Array): Uint8Array {
  const { inputWidth: w, inputHeight: h, inputChannels, outputChannels, kernelSize, depthwise } = convShapeOf(layer.registers);
  const r = layer.registers;
  const maps: number[][][] = [];
  for (let oc = 0; oc < outputChannels; oc++) {
    const map: number[][] = [];
    for (let y = 0; y < h; y++) {
      const row: number[] = [];
      for (let x = 0; x < w; x++) {
        let products = 0n;
        let inputs = 0n;
        let weights = 0n;
        for (let i = 0; i < (depthwise ? 1 : inputChannels); i++) {
          for (let ky = 0; ky < kernelSize; ky++) {
            for (let kx = 0; kx < kernelSize; kx++) {
              const ic = depthwise ? oc : i;
              const yy = kernelSize === 1 ? y : y + ky - 1;
              const xx = kernelSize === 1 ? x : x + kx - 1;
              const inside = yy >= 0 && yy < h && xx >= 0 && xx < w;
              const pixel = BigInt(inside ? (input[(ic * h + yy) * w + xx] as number) : r.padValue);
              const index = depthwise ? (oc * kernelSize + ky) * kernelSize + kx : ((oc * inputChannels + i) * kernelSize + ky) * kernelSize + kx;
              const weight = BigInt(layer.weights[index] as number);
              products += pixel * weight;
              inputs += pixel;
              weights += weight;
            }
          }
        }
        const sum = products + ((BigInt(r.argumentX) * inputs) >> BigInt(r.shiftX)) + ((BigInt(r.argumentW) * weights) >> BigInt(r.shiftW))
          + BigInt(r.argumentAdd) * BigInt(depthwise ? 1 : inputChannels);
        row.push(slowActivation(layer, oc, sum));
      }
      map.push(row);
    }
    maps.push(map);
  }
  return Uint8Array.from(maps.flatMap((map) => slowPool(map, r.poolType)));
}

function slowActivation({ batchNorm, activation }: ConvLayer, channel: number, sum: bigint): number {
  const entry = batchNorm[channel];
  if (!entry) throw new Error('no batch norm');
  const value = ((sum * BigInt(entry.multiplier)) >> BigInt(entry.shift)) + BigInt(entry.add);
  const segment = activation.filter((candidate, i) => i === 0 || BigInt(candidate.start) < value).at(-1);
  if (!segment) throw new Error('no segment');
  const product = (value - BigInt(segment.start)) * BigInt(segment.multiplier);
  const unit = 1n << BigInt(segment.shift);
  let rounded = product >> BigInt(segment.shift);
  const rest = (product - rounded * unit) * 2n;
  if (rest > unit || (rest === unit && rounded % 2n !== 0n)) rounded += 1n;
  const y = rounded + BigInt(segment.bias);
  return Number(y < 0n ? 0n : y > 255n ? 255n : y);
}

function slowPool(map: readonly (readonly number[])[], type: number): number[] {
  const at = (y: number, x: number): number => map[Math.min(y, map.length - 1)]?.[Math.min(x, (map[0]?.length ?? 0) - 1)] ?? NaN;
  const [side, stride] = ([[1, 1], [2, 2], [2, 2], [4, 4], [4, 4], [1, 2], [1, 2], [1, 4], [2, 1], [2, 1]] as const)[type] ?? [0, 0];
  const result: number[] = [];
  for (let y = 0; y + stride <= map.length; y += stride) {
    for (let x = 0; x + stride <= (map[0]?.length ?? 0); x += stride) {
      const values: number[] = [];
      for (let dy = 0; dy < side; dy++) for (let dx = 0; dx < side; dx++) values.push(at(y + dy, x + dx + (type === 6 ? 1 : 0)));
      const isMean = type === 2 || type === 4 || type === 8;
      result.push(isMean ? Math.trunc(values.reduce((sum, value) => sum + value, 0) / values.length) : Math.max(...values));
    }
  }
  return result;
}
