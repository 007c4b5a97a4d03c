/** Bytes that can be addressed in a flash of a K210 board. */
const limitBytes = 1 << 24;
/** What can be erased by itself. */
export const flashSectorBytes = 4096;

/** A place in the flash: `0x300000`, `3145728` or `3M`, a multiple of a sector; undefined when `text` is none. */
export function parseFlashAddress(text: string): number | undefined {
  const mebibytes = /^(\d{1,2})m$/iu.exec(text)?.[1];
  const value = mebibytes !== undefined ? Number(mebibytes) << 20 : /^(0x[0-9a-f]+|\d+)$/iu.test(text) ? Number(text) : NaN;
  return value < limitBytes && value % flashSectorBytes === 0 ? value : undefined;
}

/** `0x300000`: six digits, capitals. */
export function flashAddressText(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(6, '0')}`;
}
