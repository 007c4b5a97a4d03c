/**
 * `npm run bench -- extension [--rounds N] [--only PART]`: how fast the extension starts and what its views cost, in a real VS Code workbench.
 */
import { parseArgs } from 'node:util';
import { measurePhotos } from './extension/photos';
import { measureRuns } from './extension/runs';
import { measureStart } from './extension/start';
import { wantedText, type Measured } from './support/measured';

const parts: Readonly<Record<string, (rounds: number) => Promise<Measured[]>>> = {
  start: measureStart,
  photos: measurePhotos,
  runs: measureRuns,
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } });
  const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || values.only === name);
  if (chosen.length === 0) throw new Error(`There is no part "${values.only}"; the parts are ${Object.keys(parts).join(', ')}.`);
  const rows: Measured[] = [];
  for (const [, measure] of chosen) rows.push(...(await measure(Number(values.rounds))));
  process.stdout.write(JSON.stringify(rows.map(({ what, value, unit, wanted }) => ({ what, value, unit, wanted: wantedText(wanted) }))));
}

void main();
