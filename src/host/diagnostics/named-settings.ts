import type { JsonPlaces, TextRange } from './json-places';

/** A setting of the file itself that a sentence names. */
export interface NamedSetting {
  /** As the sentence has it, e.g. `head.sampleRate`. */
  readonly name: string;
  /** Where its name stands. */
  readonly place: TextRange;
}

/** The settings that a sentence names and the file has, each once. @param own the one that the sentence is about, which is left out */
export function namedSettings(sentence: string, places: JsonPlaces, own: readonly (string | number)[]): NamedSetting[] {
  const names = new Set(sentence.match(/[A-Za-z]\w*(?:\.[A-Za-z]\w*|\[\d+\])*/g));
  names.delete(own.join('.'));
  return [...names].flatMap((name) => {
    const keys = name.split(/[.[\]]+/).filter((key) => key !== '').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    const place = places(keys)?.key;
    return place === undefined ? [] : [{ name, place }];
  });
}
