/** How a convolution's input lies in the kernel's memory, so that neighbouring pixels of the output read neighbouring bytes. */
import type { ConvShape } from '../v3/kpu-registers';
import { pickOf, pooledSize } from './kpu-pooling';

/** A map is split into stride x stride planes: the pixels of equal remainders. All have room for one pixel of padding around a 3x3 kernel's map. */
export interface TapPlanes {
  readonly stride: number;
  readonly padding: 0 | 1;
  readonly planeWidth: number;
  readonly planeHeight: number;
  /** Whether plane (row remainder) * stride + (column remainder) is read at all. */
  readonly used: readonly boolean[];
  readonly bytes: number;
  /** Distance of each tap's byte from a pixel's first byte: for each input channel (of a depthwise convolution: one) each place under the kernel. */
  readonly offsets: readonly number[];
  /** Runs of output pixels. */
  readonly rows: number;
  readonly rowPixels: number;
  /** From one channel to the next. */
  readonly channelBytes: number;
}

/** Pools that pick one pixel are computed at that pixel only; others at all, and pooled afterwards. */
export function tapPlanes(shape: ConvShape, poolType: number): TapPlanes {
  const { inputWidth, inputHeight, inputChannels, kernelSize, depthwise } = shape;
  const { stride, column } = pickOf(poolType) ?? { stride: 1, column: 0 };
  const padding = kernelSize === 3 ? 1 : 0;
  const planeWidth = Math.ceil((inputWidth + 2 * padding) / stride);
  const planeHeight = Math.ceil((inputHeight + 2 * padding) / stride);
  const channelBytes = stride * stride * planeWidth * planeHeight;
  const used = new Array<boolean>(stride * stride).fill(false);
  const taps = Array.from({ length: kernelSize ** 2 }, (_, tap) => {
    const y = Math.floor(tap / kernelSize);
    const x = (tap % kernelSize) + column;
    const plane = (y % stride) * stride + (x % stride);
    used[plane] = true;
    return (plane * planeHeight + Math.floor(y / stride)) * planeWidth + Math.floor(x / stride);
  });
  const offsets = Array.from({ length: depthwise ? 1 : inputChannels }, (_, channel) => taps.map((tap) => channel * channelBytes + tap)).flat();
  const isPicked = stride > 1;
  const width = isPicked ? pooledSize(poolType, inputWidth) : inputWidth;
  const height = isPicked ? pooledSize(poolType, inputHeight) : inputHeight;
  // Without padding or picking, the rows lie one behind the other.
  const isOneRun = padding === 0 && !isPicked;
  return {
    stride, padding, planeWidth, planeHeight, used, bytes: inputChannels * channelBytes, offsets, channelBytes,
    rows: isOneRun ? 1 : height, rowPixels: isOneRun ? width * height : width,
  };
}

/**
 * Writes a map into its planes.
 * @param packed [channels][height][width]
 * @param target `planes.bytes`
 */
export function fillPlanes(planes: TapPlanes, packed: Uint8Array, { inputWidth: width, inputHeight: height, inputChannels }: ConvShape, padValue: number, target: Uint8Array): void {
  const { stride, padding, planeWidth, planeHeight, used, channelBytes } = planes;
  if (padding === 0 && stride === 1) return target.set(packed);
  if (padding > 0) target.fill(padValue);
  for (let channel = 0; channel < inputChannels; channel++) {
    for (let y = 0; y < height; y++) {
      const source = (channel * height + y) * width;
      const row = y + padding;
      const first = channel * channelBytes + Math.floor(row / stride) * planeWidth;
      if (stride === 1) target.set(packed.subarray(source, source + width), first + padding);
      else {
        for (let remainder = 0; remainder < stride; remainder++) {
          const plane = (row % stride) * stride + remainder;
          if (used[plane] === true) copyEvery(packed, source, width, stride, (remainder - padding + stride) % stride, target, first + plane * planeHeight * planeWidth + Math.ceil((padding - remainder) / stride));
        }
      }
    }
  }
}

/** Every `stride`th byte of a row, from column `from`, to neighbouring bytes. */
function copyEvery(packed: Uint8Array, row: number, width: number, stride: number, from: number, target: Uint8Array, to: number): void {
  for (let x = from, at = to; x < width; x += stride) target[at++] = packed[row + x] as number;
}
