/** One line of a job's progress on stderr. */
export interface JobProgress {
  readonly label: string;
  /** Everything behind the label, e.g. "350 of 700 photos, 50 %". */
  readonly detail: string;
  /** 0..100; absent while the total is unknown. */
  readonly percent?: number;
}

/** Reads a line as `progressLine` writes it: label, count, percent and detail, two spaces apart. Other lines give undefined. */
export function parseProgressLine(line: string): JobProgress | undefined {
  const [label, count, ...rest] = line.trim().split(/ {2,}/);
  if (!label || !count || !/^\d/.test(count)) return undefined;
  const percentText = rest.find((part) => /^\d+ %$/.test(part));
  const detail = [count, ...rest].join(', ');
  return percentText === undefined ? { label, detail } : { label, detail, percent: parseInt(percentText, 10) };
}
