/** Cosine of the angle between two vectors, -1..1; 0 when one of them is zero. */
export function cosineOf(a: readonly number[], b: readonly number[]): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  a.forEach((value, index) => {
    const other = b[index] ?? 0;
    product += value * other;
    squareA += value * value;
    squareB += other * other;
  });
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
