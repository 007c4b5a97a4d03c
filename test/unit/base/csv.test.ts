import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvRow } from '../../../src/base/csv';

test('a row of CSV quotes what needs it, disarms formulas and leaves absent values empty', () => {
  assert.equal(csvRow(['Run', 'a,b', 'say "x"', 'two\nlines', 'one\rline']), 'Run,"a,b","say ""x""","two\nlines","one\rline"\r\n');
  assert.equal(csvRow(['=1+1', '@a', -0.5, 1e-7, true]), '\'=1+1,\'@a,-0.5,1e-7,true\r\n');
  assert.equal(csvRow([null, undefined, Number.NaN, Number.POSITIVE_INFINITY, '']), ',,,,\r\n');
});
