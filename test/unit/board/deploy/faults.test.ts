import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTrial } from '../../../support/board/deploy-trial';
import { badLineCases, boardFaultCases, isAsExpected, lineFaultCases, outcomeOf, trialRegions, type FaultCase } from '../../../support/board/fault-table';

/** The bench runs all cases of the line; here every 29th is enough, in another order of kinds, places and requests. */
const lineStep = 29;

for (const [name, cases] of [
  ['a line that fails once', lineFaultCases().filter((_, index) => index % lineStep === 0)], ['a line that always fails', badLineCases()], ['boards, ports and flashes that fail', boardFaultCases()],
] as const) {
  test(`${name}: success or the named error, ${cases.length} cases`, async () => {
    for (const faultCase of cases) await hold(faultCase);
  });
}

/** Success or the named error, and in no case a wrong word about the flash. */
async function hold(faultCase: FaultCase): Promise<void> {
  const trial = await runTrial({ regions: trialRegions, ...faultCase });
  const { what, expect } = faultCase;
  assert.ok(isAsExpected(faultCase, trial), `${what}: ${outcomeOf(trial)} instead of ${expect.join(' or ')}; flash right: ${trial.holdsRegions}, others untouched: ${trial.othersUntouched} (${trial.notices.join(' | ')})`);
}
