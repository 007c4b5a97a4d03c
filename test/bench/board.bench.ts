/**
 * `npm run bench -- board [--only deploy,classic,faults,fuzz,fuzz-files] [--minutes N]`: deploying to the virtual board. `deploy` goes
 * through a pseudo-terminal and the real serial port library; the others run on a virtual clock in memory. `classic` goes through a stub of
 * kflash. A row of `faults` is one entry of the fault list, with how it ended; each fuzzing lasts 10 minutes unless another time is given.
 */
import { parseArgs } from 'node:util';
import { measureClassic } from './board/classic';
import { measureDeploys } from './board/deploys';
import { listFaults } from './board/fault-rows';
import { fuzzFiles, fuzzFlash } from './board/fuzzing';

type Row = Readonly<Record<string, string | number>>;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: 'deploy,classic,faults,fuzz,fuzz-files' }, minutes: { type: 'string', default: '10' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes takes a number above 0, not ${values.minutes}`);
  const sections: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
    deploy: measureDeploys, classic: measureClassic, faults: listFaults, fuzz: () => fuzzFlash(minutes), 'fuzz-files': () => fuzzFiles(minutes),
  };
  const rows: Row[] = [];
  for (const name of values.only.split(',')) {
    const section = sections[name];
    if (!section) throw new Error(`--only knows ${Object.keys(sections).join(', ')}, not ${name}`);
    rows.push(...(await section()));
  }
  process.stdout.write(`${JSON.stringify(rows)}\n`, () => process.exit());
}

void main();
