import { badLineCases, boardFaultCases, isAsExpected, lineFaultCases, outcomeOf, trialRegions } from '../../support/board/fault-table';
import { runTrial } from '../../support/board/deploy-trial';

/** The whole fault list, one row each; disturbances of the line that end as they should are put together. */
export async function listFaults(): Promise<Record<string, string | number>[]> {
  const rows = [];
  const lineCases = lineFaultCases();
  let good = 0;
  let slowestMs = 0;
  for (const [index, faultCase] of [...lineCases, ...badLineCases(), ...boardFaultCases()].entries()) {
    const trial = await runTrial({ regions: trialRegions, ...faultCase });
    const met = isAsExpected(faultCase, trial);
    if (index < lineCases.length && met) {
      good++;
      slowestMs = Math.max(slowestMs, trial.virtualMs);
      continue;
    }
    rows.push({ what: faultCase.what, outcome: outcomeOf(trial), seconds: Number((trial.virtualMs / 1000).toFixed(1)), met: met ? 'yes' : 'no' });
  }
  return [{ what: `one disturbance of the line, ${good} of ${lineCases.length} cases`, outcome: 'verified', seconds: Number((slowestMs / 1000).toFixed(1)), met: good === lineCases.length ? 'yes' : 'no' }, ...rows];
}
