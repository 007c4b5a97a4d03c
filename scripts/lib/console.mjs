// Lines that the scripts print. Colour and redrawing only where a person looks at a terminal.

const coloured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };

/** Wraps `text` in a terminal colour; returns it unchanged when stdout is not a terminal. */
export function paint(colour, text) {
  return coloured ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}

/** `8.4 s` or `2 min 05 s`. */
export function formatSeconds(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** Seconds since `startMs`, a value of performance.now(). */
export function secondsSince(startMs) {
  return (performance.now() - startMs) / 1000;
}

export function printLine(text = '') {
  process.stdout.write(`${text}\n`);
}

/** An expected failure of a script: one sentence that says what is wrong and what to do. */
export class ScriptError extends Error {}

/** Ends the script with one sentence for an expected failure, with a stack for a defect. */
export function exitWithError(error) {
  process.stderr.write(`${error instanceof ScriptError ? error.message : (error?.stack ?? String(error))}\n`);
  process.exit(1);
}
