import { SeededRandom } from '../../base/random';
import type { PictureParameters } from './picture';

const curveSteps = 8192;
const brightest = 4;
const grainCount = 4096;

/** Turns linear light into 8-bit display values: exposure, a soft shoulder, the display curve, sensor noise. */
export class Sensor {
  private readonly curve = Float32Array.from({ length: curveSteps }, (_, i) => {
    const light = (brightest * (i + 0.5)) / curveSteps;
    return 255 * (light / (1 + 0.22 * light)) ** (1 / 2.2);
  });
  private readonly grain: Float32Array;

  constructor() {
    const random = new SeededRandom('sensor');
    this.grain = Float32Array.from({ length: grainCount }, () => random.normal());
  }

  /** One byte per value of `light`; the noise depends on the picture's seed only. */
  develop(light: Float32Array, picture: PictureParameters): Uint8Array {
    const { curve, grain } = this;
    const pixels = new Uint8ClampedArray(light.length);
    const stepsPerLight = (picture.exposure * curveSteps) / brightest;
    let state = picture.pictureSeed;
    for (let i = 0; i < light.length; i++) {
      const step = Math.min(curveSteps - 1, Math.max(0, (light[i] ?? 0) * stepsPerLight)) | 0;
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      pixels[i] = (curve[step] ?? 0) + picture.noise * (grain[state >>> 20] ?? 0);
    }
    return new Uint8Array(pixels.buffer);
  }
}
