import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeployBench, modelBytes, type TrialOptions } from '../../../support/board/deploy-trial';
import { fault } from '../../../../src/board/emulator/faults';

const regions = [{ address: 0x300000, bytes: modelBytes(2 << 20), name: 'face.kmodel' }];
/** The board runs a stub as kflash has them, which only writes. */
const classic: Partial<TrialOptions> = { board: { loaded: 'classic' }, deploy: { classicAllowed: true } };

test('2 MiB go to a board through a stub of kflash, and are not called verified', async () => {
  const bench = await DeployBench.open({ regions, ...classic });
  try {
    const trial = await bench.deploy();
    assert.deepEqual([trial.kind, trial.deployment?.verification, trial.deployment?.writtenBytes, trial.deployment?.report.stub], ['written', 'none', 2 << 20, 'classic']);
    assert.ok(trial.holdsRegions && trial.othersUntouched);
    assert.deepEqual(bench.board.flashMisuse, []);
    assert.equal(bench.board.state, 'firmware');
    assert.match(trial.notices.join(' '), /cannot read the flash/);
  } finally {
    bench.close();
  }
});

test('blocks that the stub refuses or that are lost on the way are sent again', async () => {
  const faults = [{ kind: 'flip-bit', op: 'D4', place: 'payload' }, { kind: 'lose-reply', op: 'D4', skip: 2 }, { kind: 'error-reply', op: 'D4', status: 'E2', skip: 4 }] as const;
  const bench = await DeployBench.open({ regions, ...classic, board: { loaded: 'classic', faults: faults.map((one) => fault(one)) } });
  try {
    const trial = await bench.deploy();
    assert.equal(trial.kind, 'written', String(trial.error));
    assert.ok(trial.holdsRegions && trial.othersUntouched);
  } finally {
    bench.close();
  }
});

test('cancelled, it says that nobody knows what the flash holds', async () => {
  const bench = await DeployBench.open({ regions, ...classic });
  try {
    const trial = await bench.deploy({ cancelAtMs: 20_000 });
    assert.deepEqual([trial.kind, trial.code], ['cancelled', 'K2-CANCELLED']);
    assert.match((trial.error as Error).message, /[\d,]+ of 2,097,152 bytes were sent, .*this stub cannot tell what the flash holds/);
    assert.equal(bench.board.state, 'firmware');
  } finally {
    bench.close();
  }
});
