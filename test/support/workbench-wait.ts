import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 250;
/** Against hangs alone: on a busy machine a step takes many times what it takes elsewhere. */
export const waitLimitMs = 300_000;

/**
 * Polls until `probe` is true. A probe that throws counts as not yet true; its error is told when time runs out.
 * @throws Error naming `what` after `limitMs`, by default five minutes
 */
export async function until(what: string, probe: () => Promise<boolean>, limitMs = waitLimitMs): Promise<void> {
  const endMs = Date.now() + limitMs;
  let lastError: unknown;
  while (Date.now() < endMs) {
    try {
      if (await probe()) return;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(pollMs);
  }
  const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}${reason}`);
}

/** Polls until what is read matches; the error tells what was read last. */
export async function untilSays(what: string, pattern: RegExp, read: () => Promise<string>, limitMs?: number): Promise<void> {
  await until(what, async () => {
    const said = await read();
    if (pattern.test(said)) return true;
    throw new Error(`it says ${said.slice(-600)}`);
  }, limitMs);
}
