/** A value without parts of its own. */
export type Fact = string | number | boolean | null;

/** Nested values as their leaves by dotted name, in their order; list items by their index. Undefined ones are left out. */
export function flatFacts(values: Readonly<Record<string, unknown>>): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  const add = (name: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) add(name === '' ? key : `${name}.${key}`, inner);
    else if (value !== undefined) facts.set(name, isFact(value) ? value : String(value));
  };
  add('', values);
  return facts;
}

function isFact(value: unknown): value is Fact {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
