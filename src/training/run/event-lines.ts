import { runEventSchema, type RunEvent } from '../../protocol/run';

/** Reads lines of events.jsonl; empty lines do not count, lines that are no event are counted and left out. */
export function parseEventLines(lines: readonly string[]): { readonly events: RunEvent[]; readonly badLines: number } {
  const events: RunEvent[] = [];
  let badLines = 0;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const event = parseEventLine(line);
    if (event === undefined) badLines++;
    else events.push(event);
  }
  return { events, badLines };
}

function parseEventLine(line: string): RunEvent | undefined {
  try {
    return runEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
