import { fillString, type PageStrings } from '../../src/protocol/page-strings';

/** A text of the page with its values filled in. */
export type PageText<Key extends string> = (key: Key, ...values: readonly (string | number)[]) => string;

/** The texts that the host has put into the page's document. */
export function readPageStrings<Key extends string>(): PageStrings<Key> {
  return JSON.parse(document.querySelector('#strings')?.textContent ?? '{}') as PageStrings<Key>;
}

/** Fills values into the texts of a page. */
export function pageText<Key extends string>(strings: PageStrings<Key>): PageText<Key> {
  return (key, ...values) => fillString(strings[key], ...values);
}
