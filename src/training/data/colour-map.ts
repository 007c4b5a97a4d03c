import type { PixelNormalization } from '../../network/network-spec';
import type { Change } from './change';

// ITU-R BT.601 luma
const luma = { red: 0.299, green: 0.587, blue: 0.114 } as const;
// Analogue U and V of ITU-R BT.470: in these units a turn of the hue is a rotation.
const chroma = { u: 0.492, v: 0.877 } as const;

/** In place on the three values of a pixel. */
export type ColourMap = (target: Float32Array, out: number) => void;

/** Hue and saturation, grey, contrast around mid-grey, brightness and normalisation. */
export function colourMap(change: Change, { mean, deviation }: PixelNormalization): ColourMap {
  const scale = change.gain / deviation;
  const shift = (127.5 * (1 - change.gain) + change.offset - mean) / deviation;
  const turn = change.saturation !== 1 || change.hueRadians !== 0 ? chromaMap(change) : undefined;
  return (target, out) => {
    turn?.(target, out);
    let red = target[out] ?? 0;
    let green = target[out + 1] ?? 0;
    let blue = target[out + 2] ?? 0;
    if (change.grey) red = green = blue = luma.red * red + luma.green * green + luma.blue * blue;
    target[out] = red * scale + shift;
    target[out + 1] = green * scale + shift;
    target[out + 2] = blue * scale + shift;
  };
}

/** Turns and stretches the chroma; the luma stays. */
function chromaMap({ saturation, hueRadians }: Change): ColourMap {
  const cos = Math.cos(hueRadians) * saturation;
  const sin = Math.sin(hueRadians) * saturation;
  return (target, out) => {
    const red = target[out] ?? 0;
    const blue = target[out + 2] ?? 0;
    const grey = luma.red * red + luma.green * (target[out + 1] ?? 0) + luma.blue * blue;
    const u = chroma.u * (blue - grey);
    const v = chroma.v * (red - grey);
    const newRed = grey + (sin * u + cos * v) / chroma.v;
    const newBlue = grey + (cos * u - sin * v) / chroma.u;
    target[out] = newRed;
    target[out + 1] = (grey - luma.red * newRed - luma.blue * newBlue) / luma.green;
    target[out + 2] = newBlue;
  };
}
