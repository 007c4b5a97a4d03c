import { inspectProgram } from '../../../src/kmodel/inspect';
import { readKmodel } from '../../../src/kmodel/read-kmodel';
import { writeProgram } from '../../../src/kmodel/v3/write-program';
import { rounded, type Measured } from '../support/measured';
import { median } from '../training/contestant';
import { randomModel } from './random-models';
import type { SectionOptions } from './section';

/** What a report of the paper's network says, and how long it takes from the bytes of the file. */
export function measureInspection({ rounds }: SectionOptions): Promise<Measured[]> {
  const { title, compiled } = randomModel('paper', 8);
  const bytes = writeProgram(compiled.program);
  const report = inspectProgram(compiled.program, bytes.length);
  const milliseconds = Array.from({ length: rounds * 5 }, () => {
    const startMs = performance.now();
    const kmodel = readKmodel(bytes, 'random.kmodel');
    if (kmodel.version === 3) inspectProgram(kmodel.program, bytes.length);
    return performance.now() - startMs;
  });
  return Promise.resolve([
    { what: `${title}: file`, value: rounded(bytes.length / 1e6, 3), unit: 'MB', wanted: { below: 1.2 } },
    { what: `${title}: estimated time at 400 MHz`, value: rounded(report.estimatedMs ?? NaN, 1), unit: 'ms', wanted: { below: 25 } },
    { what: `${title}: share of the processor`, value: rounded(100 * (report.cpuShare ?? NaN), 1), unit: '%', wanted: { below: 20 } },
    { what: `${title}: read and inspect`, value: rounded(median(milliseconds), 1), unit: 'ms' },
  ]);
}
