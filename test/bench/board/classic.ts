import { runTrial, modelBytes } from '../../support/board/deploy-trial';
import { rounded, verdictOf } from '../support/measured';

const modelLength = 2 << 20;

/** 2 MiB through a stub of kflash, in the time of a board at 1.5 Mbaud with a W25Q128; beside it the same through our stub. */
export async function measureClassic(): Promise<Record<string, string>[]> {
  const regions = [{ address: 0x300000, bytes: modelBytes(modelLength), name: 'bench.kmodel' }];
  const classic = await runTrial({ regions, board: { loaded: 'classic' }, deploy: { classicAllowed: true } });
  const own = await runTrial({ regions });
  const seconds = (ms: number | undefined): number => rounded((ms ?? 0) / 1000, 2);
  return [
    { what: '2 MiB through a stub of kflash (board time)', value: seconds(classic.deployment?.uploadMs), unit: 's' },
    { what: '2 MiB through our stub, verified (board time)', value: seconds(own.deployment?.uploadMs), unit: 's' },
    { what: 'bytes equal, nothing else changed, not called verified', value: classic.kind === 'written' && classic.holdsRegions && classic.othersUntouched ? 1 : 0, unit: 'of 1', wanted: { atLeast: 1 } },
  ].map(verdictOf);
}
