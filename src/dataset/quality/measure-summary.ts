import * as z from 'zod';
import { measureNames, type MeasureName } from './face-measures';
import type { MeasureTable } from './measure-table';

const shares = { min: 0, p5: 0.05, p25: 0.25, median: 0.5, p75: 0.75, p95: 0.95, max: 1 } as const;

const quantilesSchema = z.object({ min: z.number(), p5: z.number(), p25: z.number(), median: z.number(), p75: z.number(), p95: z.number(), max: z.number() });
export type Quantiles = z.infer<typeof quantilesSchema>;

/** Measures of all faces that were cropped, those included that a limit then left out. */
export const measureSummarySchema = z.object({
  faces: z.number().int(),
  measures: z.record(z.enum(measureNames), quantilesSchema),
});
export type MeasureSummary = z.infer<typeof measureSummarySchema>;

/** Exact quantiles, one measure in memory at a time. @returns undefined when nothing was measured */
export function summarize(table: MeasureTable): MeasureSummary | undefined {
  if (table.count === 0) return undefined;
  const measures = Object.fromEntries(measureNames.map((name) => [name, quantilesOf(table.column(name))]));
  return { faces: table.count, measures: measures as Record<MeasureName, Quantiles> };
}

/** Nearest-rank quantiles, in tenths as they were measured. @param values not empty; sorted in place */
export function quantilesOf(values: Float32Array): Quantiles {
  values.sort();
  const at = (share: number): number => Math.round((values[Math.round(share * (values.length - 1))] ?? 0) * 10) / 10;
  return { min: at(shares.min), p5: at(shares.p5), p25: at(shares.p25), median: at(shares.median), p75: at(shares.p75), p95: at(shares.p95), max: at(shares.max) };
}

/** One line per measure for people to read. */
export function summaryLines({ faces, measures }: MeasureSummary): string[] {
  const titles: Readonly<Record<MeasureName, string>> = {
    sizePixels: 'size, pixels', sharpness: 'sharpness', brightness: 'brightness', contrast: 'contrast', yawDegrees: 'yaw, degrees', pitchDegrees: 'pitch, degrees', rollDegrees: 'roll, degrees',
  };
  const rows = measureNames.map((name) => {
    const { min, p5, median, p95, max } = measures[name];
    return `  ${titles[name].padEnd(16)}${[min, p5, median, p95, max].map((value) => value.toFixed(1).padStart(9)).join('')}`;
  });
  return [`${`quality of ${faces} faces`.padEnd(18)}${['min', '5 %', 'median', '95 %', 'max'].map((title) => title.padStart(9)).join('')}`, ...rows];
}
