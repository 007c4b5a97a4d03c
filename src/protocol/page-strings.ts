/** Texts of a page in the user's language, which its host supplies. `{0}` stands for a value. */
export type PageStrings<Key extends string = string> = Readonly<Record<Key, string>>;

/** Puts values in place of `{0}`, `{1}`, ... */
export function fillString(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
}
