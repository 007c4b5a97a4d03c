import { rounded, type Measured } from '../support/measured';
import { calibrationPhotos, compareModel } from './compare-models';
import type { SectionOptions } from './section';
import { trainedModels } from './trained-models';

/** What a conversion of the paper's trained network costs, and what comes out. */
export async function measureConversion({ models }: SectionOptions): Promise<Measured[]> {
  const { dataset, runs } = await trainedModels(models);
  const title = 'paper with residuals and PReLU, 8-bit weights';
  const { converted: { facts, report }, seconds, peakMemoryMb } = await compareModel(runs.paper, dataset, 8);
  return [
    { what: `${title}: conversion with ${calibrationPhotos} photos`, value: rounded(seconds, 1), unit: 's', wanted: { below: 60 } },
    { what: `${title}: memory of the conversion`, value: rounded(peakMemoryMb, 0), unit: 'MB' },
    { what: `${title}: file`, value: rounded(report.fileBytes / 1e6, 3), unit: 'MB', wanted: { below: 1.2 } },
    { what: `${title}: estimated time at 400 MHz`, value: rounded(facts.estimatedMs, 1), unit: 'ms', wanted: { below: 25 } },
    { what: `${title}: estimated time with additions on the processor`, value: rounded(facts.estimatedMsWithCpuAdditions ?? NaN, 1), unit: 'ms' },
    { what: `${title}: share of the processor`, value: rounded(100 * (report.cpuShare ?? NaN), 1), unit: '%', wanted: { below: 20 } },
  ];
}
