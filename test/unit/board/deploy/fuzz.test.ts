import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzDeployment } from '../../../support/board/fuzz';

test('whatever comes from the board, an upload ends with proof or with a named error', async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const { kind, code } = await fuzzDeployment(seed);
    outcomes.add(code ?? kind);
  }
  assert.ok(outcomes.has('verified') && outcomes.size > 1, [...outcomes].join());
});
