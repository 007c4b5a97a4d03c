export type CsvValue = string | number | boolean | null | undefined;

/** A row of a table as CSV (RFC 4180), with unrounded numbers; an empty field is an absent value, or one that is not a finite number. */
export function csvRow(values: readonly CsvValue[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: CsvValue): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = value === undefined || value === null ? '' : String(value);
  // A field that begins like a formula would be computed by spreadsheets.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
