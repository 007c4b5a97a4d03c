import { createWasmMemory, wasmBytes } from '../../base/wasm/wasm-module';
import type { RgbImage } from '../photos/rgb-image';
import { createWindowExtremes, type WindowExtremes } from './window-extremes';

const channels = 3;
/** Pixels that a window of five reaches to each side. */
const reach = 2;
/** The window functions may touch this much behind an image. */
const slackBytes = 64;

/**
 * Morphological opening (erosion, then dilation) with a square of 5 x 5 pixels, each channel for itself. It equals OpenCV's
 * `morphologyEx(image, MORPH_OPEN, ones(5, 5))`: pixels outside the picture count neither for the least nor for the greatest.
 * Windows are taken along rows, then along columns. Keeps two copies of the largest image so far.
 */
export class Opening {
  private readonly memory = createWasmMemory();
  private readonly extremes: WindowExtremes = createWindowExtremes(this.memory);

  apply({ width, height, data }: RgbImage): RgbImage {
    const rowBytes = width * channels;
    const strideBytes = (width + 2 * reach) * channels;
    const paddedBytes = (height + 2 * reach) * strideBytes;
    const second = paddedBytes + slackBytes;
    const bytes = wasmBytes(this.memory, second + paddedBytes + slackBytes);
    const inside = reach * strideBytes + reach * channels;

    bytes.fill(255, 0, second);
    for (let y = 0; y < height; y++) bytes.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), inside + y * strideBytes);
    this.extremes.least(0, second, channels, paddedBytes - 2 * reach * channels);
    this.extremes.least(second, inside, strideBytes, height * strideBytes);

    clearBorder(bytes, height, rowBytes, strideBytes);
    this.extremes.greatest(0, second, channels, paddedBytes - 2 * reach * channels);
    this.extremes.greatest(second, 0, strideBytes, height * strideBytes);

    const opened = new Uint8Array(data.length);
    for (let y = 0; y < height; y++) opened.set(bytes.subarray(y * strideBytes, y * strideBytes + rowBytes), y * rowBytes);
    return { width, height, data: opened };
  }
}

/** Sets everything around the picture to 0; between two rows the right and left border touch. */
function clearBorder(bytes: Uint8Array, height: number, rowBytes: number, strideBytes: number): void {
  const first = reach * strideBytes + reach * channels;
  bytes.fill(0, 0, first);
  for (let y = 0; y < height; y++) bytes.fill(0, first + y * strideBytes + rowBytes, first + (y + 1) * strideBytes);
  bytes.fill(0, first + height * strideBytes, (height + 2 * reach) * strideBytes + slackBytes);
}
