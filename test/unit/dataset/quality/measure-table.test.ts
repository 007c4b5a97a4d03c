import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { measureNames, type FaceMeasures, type MeasureName } from '../../../../src/dataset/quality/face-measures';
import { quantilesOf, summarize } from '../../../../src/dataset/quality/measure-summary';
import { measureRowBytes, MeasureTable } from '../../../../src/dataset/quality/measure-table';
import { findBreach, qualityLimitNames } from '../../../../src/dataset/quality/quality-limits';

function measuresOf(values: readonly number[]): FaceMeasures {
  return Object.fromEntries(measureNames.map((name, i) => [name, values[i] ?? 0])) as Record<MeasureName, number>;
}

describe('the measures of a preparation', () => {
  it('are read as they were put, in any order; other photos have none', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'measures-'));
    const row = fc.array(fc.float({ noNaN: true }), { minLength: 7, maxLength: 7 });
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(fc.nat(20_000), row), { selector: ([photo]) => photo, maxLength: 20 }), (rows) => {
      const table = new MeasureTable(path.join(folder, 'table'), 20_001);
      for (const [photo, values] of rows) table.put(photo, measuresOf(values));
      assert.equal(table.count, rows.length);
      const sorted = [...rows].sort(([a], [b]) => a - b);
      measureNames.forEach((name, column) => assert.deepEqual([...table.column(name)], sorted.map(([, values]) => values[column])));
      const target = Buffer.alloc(measureRowBytes + 3);
      for (const [photo, values] of rows) {
        table.copyRow(photo, target, 3);
        assert.deepEqual(measureNames.map((_, column) => target.readFloatLE(3 + 4 * column)), values);
      }
      const absent = [...Array(30).keys()].find((photo) => !rows.some(([other]) => other === photo)) ?? 0;
      table.copyRow(absent, target, 0);
      assert.ok(Number.isNaN(target.readFloatLE(0)) && Number.isNaN(target.readFloatLE(24)));
      table.close();
    }), { numRuns: 30 });
    rmSync(folder, { recursive: true });
  });

  it('are summarized by exact quantiles', () => {
    const { min, p5, p25, median, p75, p95, max } = quantilesOf(Float32Array.from({ length: 101 }, (_, i) => 100 - i));
    assert.deepEqual([min, p5, p25, median, p75, p95, max], [0, 5, 25, 50, 75, 95, 100]);
    assert.equal(quantilesOf(Float32Array.of(3.3)).median, 3.3);
    const folder = mkdtempSync(path.join(tmpdir(), 'measures-'));
    const table = new MeasureTable(path.join(folder, 'table'), 9);
    assert.equal(summarize(table), undefined);
    table.put(4, measuresOf([50, 20.5]));
    assert.equal(summarize(table)?.measures.sharpness.median, 20.5);
    table.close();
    rmSync(folder, { recursive: true });
  });
});

describe('quality limits', () => {
  const face = measuresOf([90, 31.2, 120, 40, -35.4, 12, 3]);

  it('say which measure breaks which limit', () => {
    assert.equal(findBreach(face, { minSharpness: 50 }), 'sharpness 31.2 is below 50 (--min-sharpness)');
    assert.equal(findBreach(face, { maxYaw: 30 }), 'yaw in degrees -35.4 is above 30 (--max-yaw)');
    assert.equal(findBreach(face, { maxBrightness: 100, minContrast: 50 }), 'brightness 120 is above 100 (--max-brightness)');
    assert.equal(findBreach(face, { minSharpness: 31.2, maxYaw: 35.4, maxPitch: 12, maxRoll: 3, minBrightness: 120, maxBrightness: 120, minContrast: 40 }), undefined);
    assert.equal(findBreach(face, {}), undefined);
  });

  it('each bind', () => {
    for (const name of qualityLimitNames) assert.match(findBreach(face, { [name]: name.startsWith('min') ? 1000 : 1 }) ?? '', /^\S.* is (above|below) \d+ \(--m\w\w-\w+\)$/);
  });
});
