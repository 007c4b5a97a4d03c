/**
 * Waits for an answer no longer than `limitMs`; what comes later is dropped.
 * @throws what `late` makes when there is none in time; the answer's own error
 */
export async function answerWithin<T>(limitMs: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}
