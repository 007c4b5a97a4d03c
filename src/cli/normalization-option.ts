import { UserError } from '../base/user-error';
import type { PixelNormalization } from '../network/network-spec';

/** Ways to feed pixels that have a name: Keras's mode `tf`, and InsightFace's. */
const named: Readonly<Record<string, PixelNormalization>> = {
  tf: { mean: 127.5, deviation: 127.5 },
  insightface: { mean: 127.5, deviation: 128 },
};

/** `tf`, `insightface` or `MEAN:DEVIATION`. @throws UserError for anything else */
export function parseNormalization(text: string): PixelNormalization {
  const known = named[text];
  if (known) return known;
  const [mean = NaN, deviation = NaN, ...more] = text.split(':').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (Number.isFinite(mean) && Number.isFinite(deviation) && deviation > 0 && more.length === 0) return { mean, deviation };
  throw new UserError(`--normalize ${text} is not known.`, `Give ${Object.keys(named).join(', ')}, or MEAN:DEVIATION such as 127.5:128.`);
}
