import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { parseLabels, readLabels, readLabelsIfPresent, writeLabels } from '../../../../src/dataset/sources/labels-file';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'labels-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('labels.csv', () => {
  it('gives back any names', async () => {
    const file = path.join(folder, 'labels.csv');
    const name = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '#', '\t'), minLength: 1 });
    await fc.assert(fc.asyncProperty(fc.array(name, { maxLength: 8 }), async (names) => {
      await writeLabels(file, names.map((value, i) => ({ label: 3 * i, name: value })));
      assert.deepEqual([...(await readLabels(file))], names.map((value, i) => [3 * i, value]));
    }), { numRuns: 60 });
  });

  it('reads what spreadsheets make of it', () => {
    assert.deepEqual([...parseLabels('\uFEFFLabel,Name\r\n"0","Ann"\r\n\r\n1,Bob', 'x')], [[0, 'Ann'], [1, 'Bob']]);
  });

  it('names the wrong line', () => {
    const refusal = (text: string, expected: RegExp) => assert.throws(() => parseLabels(text, 'l.csv'), (error) => error instanceof UserError && expected.test(error.message));
    refusal('', /l\.csv is empty/);
    refusal('0,Ann\n', /does not begin with the line "label,name"/);
    refusal('label,name\n0,"An\nn"\nx,Bob\n', /Line 4 of l\.csv is not a label and a name/);
    refusal('label,name\n0,Ann,Bob\n', /Line 2/);
    refusal('label,name\n0,\n', /Line 2/);
    refusal('label,name\n0,Ann\n0,Bob\n', /Line 3 of l\.csv names the label 0 again/);
    refusal('label,name\n0,An"n\n', /Line 2 of l\.csv has a misplaced double quote/);
  });

  it('may be missing where that is allowed', async () => {
    assert.equal(await readLabelsIfPresent(path.join(folder, 'none.csv')), undefined);
    await assert.rejects(readLabels(path.join(folder, 'none.csv')), UserError);
  });
});
