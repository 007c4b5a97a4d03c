import { InvalidArgumentError } from 'commander';
import { normalizationNames, readNormalization, type InputNormalization } from './input-normalization';

export const normalizationHelp = 'how pixels enter a model file that does not say so: tf (pixel / 127.5 - 1), insightface ((pixel - 127.5) / 128), imagenet, or MEAN:DEVIATION, each one number or three (R,G,B)';

/** Parser of `--normalize`. */
export function inputNormalization(text: string): InputNormalization {
  const normalization = readNormalization(text);
  if (normalization) return normalization;
  throw new InvalidArgumentError(`Give ${normalizationNames.join(', ')}, or MEAN:DEVIATION such as 127.5:128 or 123.675,116.28,103.53:58.395,57.12,57.375.`);
}
