/**
 * `npm run bench -- reading [--small]`: how fast a dataset is read for training; `--small` takes a tenth of the records.
 */
import { wantedText } from './support/measured';
import { measureReadingSpeed, runReadingPart } from './support/reading';

async function main(): Promise<void> {
  if (await runReadingPart()) return;
  const rows = await measureReadingSpeed();
  process.stdout.write(JSON.stringify(rows.map(({ what, value, unit, wanted }) => ({ what, value, unit, wanted: wantedText(wanted) }))));
}

void main();
