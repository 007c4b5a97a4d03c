// A reporter for node:test that writes one JSON line per finished test, for scripts/lib/test-files.mjs to count and print.
import { inspect } from 'node:util';

/** What Node 20 says of a test that a name filter left out. */
const leftOut = 'test name does not match pattern';

/**
 * @param {AsyncIterable<{ type: string, data: any }>} source
 * @yields {string} `{"outcome": "passed" | "failed" | "skipped", "name", "reason"?}` and a line break
 */
export default async function* countingReporter(source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') names[data.nesting] = data.name;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const result = judge(type, data);
    if (result === undefined) continue;
    const name = [...names.slice(0, data.nesting), data.name].join(' > ');
    yield `${JSON.stringify({ ...result, name, ms: data.details?.duration_ms })}\n`;
  }
}

/** A group counts only when it failed by itself (in a hook) or was skipped whole; its tests are counted one by one. */
function judge(type, data) {
  if (data.skip === leftOut) return undefined;
  const isGroup = data.details?.type === 'suite';
  if (data.skip !== undefined || data.todo !== undefined) {
    const reason = data.skip ?? data.todo;
    return { outcome: 'skipped', reason: typeof reason === 'string' ? reason : '' };
  }
  if (type === 'test:pass') return isGroup ? undefined : { outcome: 'passed' };
  const error = data.details?.error;
  if (error?.failureType === 'subtestsFailed') return undefined;
  return { outcome: 'failed', reason: describe(error) };
}

function describe(error) {
  const cause = error?.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
  const lines = text.split('\n').filter((line) => !/^\s+at .*(node:internal|node_modules)/.test(line));
  return lines.slice(0, 60).join('\n');
}
