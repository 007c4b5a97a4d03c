/** Offsets into a text, the end exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where a value of a JSON text stands; `key` is that of its name, where it is a member of an object. */
export interface JsonPlace {
  readonly value: TextRange;
  readonly key?: TextRange;
}

type Path = readonly (string | number)[];

/** Where the values of a JSON text stand. */
export type JsonPlaces = (path: Path) => JsonPlace | undefined;

/** Walks through a JSON text once; of a text that is not JSON to its end, only what stands before the mistake is known. */
export function jsonPlaces(text: string): JsonPlaces {
  const places = new JsonWalk(text).places();
  return (path) => places.get(JSON.stringify(path));
}

/**
 * Finds the value at a path in a JSON text.
 * @returns undefined when the text is not JSON or has nothing there
 */
export function findJsonPlace(text: string, path: Path): JsonPlace | undefined {
  return jsonPlaces(text)(path);
}

/** What to cut out so that a member of an object is gone: with one of the commas beside it. */
export function removalRange(text: string, { key, value }: JsonPlace): TextRange {
  const start = key?.start ?? value.start;
  const after = /^\s*,[^\S\n]*\n?/.exec(text.slice(value.end));
  if (after) {
    const lineStart = /[^\S\n]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
    return { start: after[0].endsWith('\n') ? start - lineStart : start, end: value.end + after[0].length };
  }
  const before = /,\s*$/.exec(text.slice(0, start));
  return { start: start - (before?.[0].length ?? 0), end: value.end };
}

/** One walk through a JSON text that notes where everything stands. It stops at the first mistake. */
class JsonWalk {
  private at = 0;
  private readonly found = new Map<string, JsonPlace>();

  constructor(private readonly text: string) {}

  places(): ReadonlyMap<string, JsonPlace> {
    try {
      this.walk([], undefined);
    } catch (error) {
      // What stands before the mistake is known all the same.
      if (!(error instanceof SyntaxError)) throw error;
    }
    return this.found;
  }

  private walk(path: Path, key: TextRange | undefined): void {
    this.skip();
    const start = this.at;
    const first = this.text[this.at];
    if (first === '{') this.members(path);
    else if (first === '[') this.items(path);
    else if (first === '"') this.string();
    else this.scalar();
    this.found.set(JSON.stringify(path), { value: { start, end: this.at }, ...(key === undefined ? {} : { key }) });
  }

  private members(path: Path): void {
    this.listOf('}', () => {
      this.skip();
      const start = this.at;
      const name = this.string();
      const key = { start, end: this.at };
      this.skip();
      this.expect(':');
      this.walk([...path, name], key);
    });
  }

  private items(path: Path): void {
    let index = 0;
    this.listOf(']', () => this.walk([...path, index++], undefined));
  }

  private listOf(end: string, one: () => void): void {
    this.at++;
    this.skip();
    if (this.text[this.at] === end) {
      this.at++;
      return;
    }
    for (;;) {
      one();
      this.skip();
      const next = this.text[this.at++];
      if (next === end) return;
      if (next !== ',') throw new SyntaxError(`No comma at ${this.at}`);
    }
  }

  private string(): string {
    const match = /^"(?:[^"\\]|\\.)*"/s.exec(this.text.slice(this.at));
    if (!match) throw new SyntaxError(`No text at ${this.at}`);
    this.at += match[0].length;
    return JSON.parse(match[0]) as string;
  }

  private scalar(): void {
    const match = /^[-+\w.]+/.exec(this.text.slice(this.at));
    if (!match) throw new SyntaxError(`No value at ${this.at}`);
    this.at += match[0].length;
  }

  private expect(sign: string): void {
    if (this.text[this.at++] !== sign) throw new SyntaxError(`No ${sign} at ${this.at}`);
  }

  private skip(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }
}
