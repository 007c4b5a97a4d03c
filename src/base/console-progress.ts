import type { WriteStream } from 'node:tty';
import type { ProgressReporter, ProgressUpdate } from './progress';

/** A reporter that must be told when output of another kind follows. */
export interface ConsoleProgress extends ProgressReporter {
  finish(): void;
}

const barWidth = 24;
const terminalIntervalMs = 100;
const logIntervalMs = 5000;

/** A bar on a terminal, a plain line every 5 s otherwise (and one for the end of each label). */
export function createConsoleProgress(stream: NodeJS.WritableStream & Partial<WriteStream>, now: () => number = Date.now): ConsoleProgress {
  const isTerminal = stream.isTTY === true;
  let lastMs = 0;
  let lastLabel = '';
  let openLine = false;
  return {
    report(update) {
      const isEnd = update.total !== undefined && update.done >= update.total;
      const isNew = update.label !== lastLabel;
      const interval = isTerminal ? terminalIntervalMs : logIntervalMs;
      if (!isEnd && !isNew && now() - lastMs < interval) return;
      if (isTerminal) {
        stream.write(`${isNew && openLine ? '\n' : ''}\r\u001b[2K${progressLine(update, true)}`);
        openLine = true;
      } else {
        stream.write(`${progressLine(update, false)}\n`);
      }
      lastMs = now();
      lastLabel = update.label;
    },
    finish() {
      if (openLine) stream.write('\n');
      openLine = false;
      lastLabel = '';
    },
  };
}

/** One line of progress, e.g. "Detecting faces  350 of 700 photos  50 %  52 photos/s". */
export function progressLine(update: ProgressUpdate, withBar: boolean): string {
  const { label, done, total, unit, detail } = update;
  const parts = [label];
  if (total !== undefined && total > 0) {
    const share = Math.min(1, done / total);
    if (withBar) parts.push(`[${'='.repeat(Math.round(share * barWidth)).padEnd(barWidth)}]`);
    parts.push(unit === 'bytes' ? `${megabytes(done)} of ${megabytes(total)} MB` : `${done} of ${total} ${unit}`, `${Math.floor(share * 100)} %`);
  } else {
    parts.push(unit === 'bytes' ? `${megabytes(done)} MB` : `${done} ${unit}`);
  }
  if (detail) parts.push(detail);
  return parts.join('  ');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
