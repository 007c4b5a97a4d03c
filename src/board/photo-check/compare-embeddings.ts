export interface EmbeddingComparison {
  /** Cosine between the two directions, -1 to 1. */
  readonly cosine: number;
  /** Largest difference between values. */
  readonly largestDifference: number;
  /** Every bit is the same. */
  readonly identical: boolean;
}

/** @throws RangeError when the lengths differ */
export function compareEmbeddings(a: Float32Array, b: Float32Array): EmbeddingComparison {
  if (a.length !== b.length) throw new RangeError(`Embeddings of ${a.length} and ${b.length} values cannot be compared`);
  let dot = 0;
  let lengthA = 0;
  let lengthB = 0;
  let largestDifference = 0;
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0;
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
    largestDifference = Math.max(largestDifference, Math.abs(x - y));
  }
  const scale = Math.sqrt(lengthA * lengthB);
  return { cosine: scale > 0 ? dot / scale : 0, largestDifference, identical: largestDifference === 0 };
}
