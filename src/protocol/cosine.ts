/** Cosine of the angle between two vectors, -1..1; 0 when one of them is zero: it says nothing of the other. */
export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let index = 0; index < a.length; index++) {
    const value = a[index] as number;
    const other = b[index] ?? 0;
    product += value * other;
    squareA += value * value;
    squareB += other * other;
  }
  return cosineFrom(product, squareA, squareB);
}

/** As `cosineOf`, from the products of both vectors with each other and of each with itself. */
export function cosineFrom(product: number, squareA: number, squareB: number): number {
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
