/** Products of two vectors, the chip's and the float network's, with themselves and with each other. */
export interface VectorSums {
  chip: number;
  float: number;
  both: number;
}

export function vectorSums(chip: Float32Array, float: Float32Array): VectorSums {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return { chip: dot(chip, chip), float: dot(float, float), both: dot(chip, float) };
}

/** Cosine of the angle between both, -1..1; 0 when one of them is zero: it says nothing of the other. */
export function cosineOfSums({ chip, float, both }: VectorSums): number {
  return chip === 0 || float === 0 ? 0 : both / Math.sqrt(chip * float);
}
