/** Whether `work` ends well within `ms`; neither its error nor a later end matters to the caller. */
export async function succeedsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([work.then(() => true, () => false), limit]);
  } finally {
    clearTimeout(timer);
  }
}
