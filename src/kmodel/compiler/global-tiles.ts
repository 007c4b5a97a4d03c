/**
 * A convolution over the whole map as sums of 3x3 pixels each, which the KPU computes: a depthwise convolution for each tile of the map
 * gives that tile's sum where its middle is. Nine bytes of weights for each tile and channel, where a float for each pixel would take 8.
 */
import type { FeatureMap, GlobalDepthwiseNode } from './device-graph';
import { chooseRange, type Quantization, type RangeChoice } from './quantization';

export interface GlobalTile {
  /** The node of the tile's sums, for their range. */
  readonly name: string;
  /** Pixel at which the sum is found. */
  readonly x: number;
  readonly y: number;
  /** [channel][3][3]; zero outside of the tile */
  readonly weights: Float32Array;
  /** That of the convolution, in one of its tiles. */
  readonly bias: Float32Array;
}

const tileSide = 3;
/** Faces that ranges are chosen by are few: others may reach a little farther. */
const rangeReserve = 1.05;

export function globalTiles({ name, weights, bias }: GlobalDepthwiseNode, { width, height, channels }: FeatureMap): GlobalTile[] {
  const columns = Math.ceil(width / tileSide);
  return Array.from({ length: columns * Math.ceil(height / tileSide) }, (_, index): GlobalTile => {
    const [left, top] = [(index % columns) * tileSide, Math.floor(index / columns) * tileSide];
    const [x, y] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
    const own = new Float32Array(channels * tileSide ** 2);
    for (let channel = 0; channel < channels; channel++) {
      for (let row = top; row < Math.min(top + tileSide, height); row++) {
        for (let column = left; column < Math.min(left + tileSide, width); column++) {
          own[(channel * tileSide + row - y + 1) * tileSide + column - x + 1] = weights[(channel * height + row) * width + column] as number;
        }
      }
    }
    return { name: tileName(name, index), x, y, weights: own, bias: index === 0 ? bias : new Float32Array(channels) };
  });
}

function tileName(node: string, index: number): string {
  return `${node}/tile${index}`;
}

export function hasTileRanges(node: string, ranges: ReadonlyMap<string, Quantization>): boolean {
  return ranges.has(tileName(node, 0));
}

/**
 * Ranges of the tiles' sums, by their names.
 * @param maps what the convolution reads, bytes [channels][height][width] of each picture
 */
export function tileRanges(node: GlobalDepthwiseNode, size: FeatureMap, maps: readonly Uint8Array[], { scale, zero }: Quantization, choice: RangeChoice): Map<string, Quantization> {
  const { width, height, channels } = size;
  return new Map(globalTiles(node, size).map(({ name, x, y, weights, bias }) => {
    const samples = new Float32Array(maps.length * channels);
    maps.forEach((map, picture) => {
      for (let channel = 0; channel < channels; channel++) {
        let sum = bias[channel] as number;
        for (let tap = 0; tap < tileSide ** 2; tap++) {
          const [column, row] = [x + (tap % tileSide) - 1, y + Math.floor(tap / tileSide) - 1];
          const inside = column >= 0 && row >= 0 && column < width && row < height;
          if (inside) sum += (weights[channel * tileSide ** 2 + tap] as number) * scale * ((map[(channel * height + row) * width + column] as number) - zero);
        }
        samples[picture * channels + channel] = sum;
      }
    });
    const [minimum, maximum] = [samples.reduce((a, b) => Math.min(a, b), 0), samples.reduce((a, b) => Math.max(a, b), 0)];
    return [name, chooseRange({ minimum: minimum * rangeReserve, maximum: maximum * rangeReserve, samples }, choice).quantization];
  }));
}
