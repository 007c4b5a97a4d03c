/** Before all keys of the product at a server. */
export const keyPrefix = 'mobilefacenet';

const queuePrefix = 'crops_';

/** Queue of the photos that workers of this kind (`cropMakerName`) may do. */
export function queueNameOf(maker: string): string {
  return `${queuePrefix}${maker}`;
}

export interface NamedWorker {
  readonly maker: string;
  readonly host: string;
}

/**
 * The workers in the answer to `CLIENT LIST`. BullMQ names the connections of workers `<prefix>:<queue in Base64>:w:<worker>`; so a worker
 * needs no key of its own, and one that is killed is off the list at once.
 */
export function workersInClientList(list: string): NamedWorker[] {
  return list.split('\n').flatMap((line) => {
    const [prefix, queue = '', mark, host] = (/(?:^| )name=(\S+)/u.exec(line)?.[1] ?? '').split(':');
    const name = Buffer.from(queue, 'base64').toString();
    if (prefix !== keyPrefix || mark !== 'w' || host === undefined || !name.startsWith(queuePrefix)) return [];
    return [{ maker: name.slice(queuePrefix.length), host }];
  });
}
