import type { Redis } from 'ioredis';

/** One step at the server, so that nothing is lost that others add meanwhile. */
const script = `
local about = tonumber(ARGV[1])
for i = 1, #KEYS - about do if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end end
for i = #KEYS - about + 1, #KEYS do redis.call('DEL', KEYS[i]) end
return 1`;
const keysWithBatches = ['wait', 'active', 'paused', 'delayed', 'prioritized', 'waiting-children', 'failed', 'completed'] as const;
const keysAboutQueue = ['meta', 'id', 'events', 'marker', 'stalled', 'stalled-check', 'pc', 'limiter'] as const;

/**
 * Removes what BullMQ keeps of a queue that holds nothing.
 * @param toKey gives the key of a part of the queue
 */
export async function removeEmptyQueue(client: Redis, toKey: (part: string) => string): Promise<void> {
  const keys = [...keysWithBatches, ...keysAboutQueue].map(toKey);
  await client.eval(script, keys.length, ...keys, keysAboutQueue.length);
}
