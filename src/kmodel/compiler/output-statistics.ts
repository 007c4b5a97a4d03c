import { UserError } from '../../base/user-error';

/** What a node's output was on the calibration pictures. */
export interface OutputStatistics {
  readonly minimum: number;
  readonly maximum: number;
  /** Values from all channels and places, some thousand a batch. */
  readonly samples: Float32Array;
  /** Channel of each sample. */
  readonly sampleChannels: Uint16Array;
  readonly channels: ChannelStatistics;
}

/** One number for each channel. */
export interface ChannelStatistics {
  readonly minimum: Float32Array;
  readonly maximum: Float32Array;
  readonly mean: Float32Array;
  /** Mean of the squares. */
  readonly power: Float32Array;
  /** Mean square of what enters PReLU below zero; of nodes with another activation nothing. */
  readonly negativePower?: Float32Array;
}

const samplesPerBatch = 2048;

/** Places spread evenly without a period: a fixed step would meet the same channels again and again. */
function spreadIndex(i: number, length: number): number {
  const goldenRatio = 0.618_033_988_749_894_9;
  return Math.floor(((i * goldenRatio) % 1) * length);
}

/** Gathers the statistics of one node, batch by batch. */
export class StatisticsCollector {
  private readonly minimum: Float32Array;
  private readonly maximum: Float32Array;
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;
  private readonly negativeSquares: Float64Array;
  private pixels = 0;
  private negativeWeight = 0;
  private readonly samples: Float32Array[] = [];
  private readonly sampleChannels: Uint16Array[] = [];

  constructor(private readonly name: string, private readonly channelCount: number) {
    this.minimum = new Float32Array(channelCount).fill(Infinity);
    this.maximum = new Float32Array(channelCount).fill(-Infinity);
    this.sum = new Float64Array(channelCount);
    this.squares = new Float64Array(channelCount);
    this.negativeSquares = new Float64Array(channelCount);
  }

  /** @param values [batch, height, width, channels] or [batch, channels] */
  add(values: Float32Array): void {
    const { minimum, maximum, sum, squares, channelCount } = this;
    for (let start = 0; start < values.length; start += channelCount) {
      for (let channel = 0; channel < channelCount; channel++) {
        const value = values[start + channel] as number;
        if (value < (minimum[channel] as number)) minimum[channel] = value;
        if (value > (maximum[channel] as number)) maximum[channel] = value;
        sum[channel] = (sum[channel] as number) + value;
        squares[channel] = (squares[channel] as number) + value * value;
      }
    }
    this.pixels += values.length / channelCount;
    const places = Array.from({ length: Math.min(values.length, samplesPerBatch) }, (_, i) => spreadIndex(i, values.length));
    this.samples.push(Float32Array.from(places, (place) => values[place] as number));
    this.sampleChannels.push(Uint16Array.from(places, (place) => place % channelCount));
  }

  /** @param power mean square below zero of each channel in a batch of `pictures` */
  addNegativePower(power: Float32Array, pictures: number): void {
    power.forEach((value, channel) => (this.negativeSquares[channel] = (this.negativeSquares[channel] as number) + value * pictures));
    this.negativeWeight += pictures;
  }

  /** @throws UserError when a value was not finite */
  finish(): OutputStatistics {
    if (!this.squares.every(Number.isFinite)) {
      throw new UserError(`Layer ${this.name} gives values that are not finite on the calibration pictures.`, 'Train the model again, or check its weights.');
    }
    const mean = (sums: Float64Array, count: number): Float32Array => Float32Array.from(sums, (sum) => sum / count);
    const count = this.samples.reduce((sum, part) => sum + part.length, 0);
    const samples = new Float32Array(count);
    const sampleChannels = new Uint16Array(count);
    this.samples.reduce((start, part) => (samples.set(part, start), start + part.length), 0);
    this.sampleChannels.reduce((start, part) => (sampleChannels.set(part, start), start + part.length), 0);
    return {
      minimum: Math.min(...this.minimum), maximum: Math.max(...this.maximum), samples, sampleChannels,
      channels: {
        minimum: this.minimum, maximum: this.maximum, mean: mean(this.sum, this.pixels), power: mean(this.squares, this.pixels),
        ...(this.negativeWeight > 0 ? { negativePower: mean(this.negativeSquares, this.negativeWeight) } : {}),
      },
    };
  }
}
