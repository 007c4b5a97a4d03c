import * as z from 'zod';
import { BoardError } from '../board-error';
import type { SerialInbox } from './serial-inbox';

const readySchema = z.object({
  k2: z.literal('ready'),
  /** Loading the model took this long on the board. */
  ms: z.number(),
});

export const proofLimitMs = 20_000;

/**
 * Waits until the program on the board says by one line of JSON that it has loaded its model.
 * @returns how long the board took to load it
 * @throws BoardError K2-REPL-PROOF with what the board said instead
 */
export async function waitForProof(inbox: SerialInbox, limitMs: number, signal: AbortSignal | undefined): Promise<number> {
  const said: string[] = [];
  const failed = /Traceback[^]*?\n(\w*(?:Error|Exception|Interrupt)[^\r\n]*)\r?\n|load error:?[^\r\n]*\r?\n/;
  const text = await inbox.readUntil(new RegExp(`\\{"k2":\\s*"ready"[^\\n]*\\}|${failed.source}`), limitMs, signal);
  if (text !== undefined) {
    said.push(text);
    const ready = readyLine(text);
    if (ready !== undefined) return ready;
  } else {
    said.push(inbox.takeAll());
  }
  const last = said.join('').trim().split(/[\r\n]+/).at(-1)?.slice(0, 200) ?? '';
  throw new BoardError(
    'K2-REPL-PROOF', last === '' ? 'The board did not say that it has loaded the model; it said nothing.' : `The board did not load the model; it said: ${last}`,
    'Everything is on the board and verified. If it is out of memory, use a smaller network or the firmware without the IDE ("minimum"); if it refuses the file, update its firmware.',
  );
}

function readyLine(text: string): number | undefined {
  const json = /\{"k2":\s*"ready"[^\n]*\}/.exec(text)?.[0];
  if (json === undefined) return undefined;
  try {
    return readySchema.safeParse(JSON.parse(json)).data?.ms;
  } catch {
    return undefined;
  }
}
