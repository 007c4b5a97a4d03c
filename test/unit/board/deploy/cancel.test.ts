import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeployCancelled } from '../../../../src/board/deploy/deploy-cancelled';
import { fault } from '../../../../src/board/emulator/faults';
import type { UploadState } from '../../../../src/board/isp/upload-journal';
import type { FlashRegion } from '../../../../src/board/image/flash-map';
import { DeployBench, modelBytes, type Trial, type TrialOptions } from '../../../support/board/deploy-trial';
import { WatchedTransport } from '../../../support/board/forwarding-transport';

const region: FlashRegion = { address: 0x300000, bytes: modelBytes(150_000), name: 'face.kmodel' };

interface Stop {
  readonly what: string;
  readonly op: number;
  /** Which request of this kind, from 1. */
  readonly nth?: number;
  readonly moment: 'sending' | 'sent';
  /** Of the board's time, behind that moment. */
  readonly afterMs?: number;
  readonly state: UploadState;
}

const steps = [
  { what: 'greeting', op: 0xc2, state: 'enter-isp' }, { what: 'stub upload', op: 0xc3, state: 'load-stub' }, { what: 'stub start', op: 0xc5, state: 'load-stub' },
  { what: 'stub greeting', op: 0xd2, state: 'load-stub' }, { what: 'hello', op: 0xde, state: 'load-stub' }, { what: 'baud rate', op: 0xd6, state: 'set-baud' },
  { what: 'link test', op: 0xdc, state: 'set-baud' }, { what: 'flash init', op: 0xd7, state: 'flash-init' }, { what: 'reading the firmware', op: 0xda, state: 'preflight' },
  { what: 'first question', op: 0xdb, state: 'write' }, { what: 'first block', op: 0xd4, state: 'write' }, { what: 'last block', op: 0xd4, nth: 3, state: 'write' },
  { what: 'verifying', op: 0xdb, nth: 4, state: 'verify' }, { what: 'reboot', op: 0xd5, state: 'proof' },
] as const;
const stops: readonly Stop[] = [
  ...steps.flatMap((step) => (['sending', 'sent'] as const).map((moment): Stop => ({ ...step, moment }))),
  { what: 'erasing', op: 0xd4, moment: 'sent', afterMs: 400, state: 'write' }, { what: 'programming', op: 0xd4, nth: 2, moment: 'sent', afterMs: 1000, state: 'write' },
];

async function stoppedAt(bench: DeployBench, { op, nth = 1, moment, afterMs = 0 }: Stop, onState: (state: UploadState) => void = () => undefined): Promise<Trial> {
  let count = 0;
  const wrap: NonNullable<TrialOptions['wrap']> = (port, cancel) => new WatchedTransport(port, (sent, at) => {
    if (sent !== op || at !== moment || ++count !== nth) return;
    if (afterMs === 0) cancel();
    else void bench.clock.sleep(afterMs).then(cancel);
  });
  return bench.deploy({ wrap, deploy: { onState } });
}

/** The words about the flash are true. */
function checkWords(text: string, before: Uint8Array, { board, holdsRegions }: Trial): void {
  const { address, bytes } = region;
  if (/Nothing on the flash was changed/.test(text)) return assert.ok(Buffer.from(before).equals(board.flash.memory), text);
  if (/All 151,552 bytes (are|were)/.test(text)) return assert.ok(holdsRegions, text);
  const held = Number(/([\d,]+) of 151,552 bytes are on the flash/.exec(text)?.[1]?.replaceAll(',', ''));
  assert.ok(held >= 0 && Buffer.from(bytes.subarray(0, held)).equals(board.flash.memory.subarray(address, address + held)), text);
}

for (const stop of stops) {
  test(`cancelled at ${stop.what} (${stop.moment}): said so, with what is on the board, and the board is usable`, async () => {
    const bench = await DeployBench.open({ regions: [region] });
    try {
      const before = bench.board.flash.memory.slice();
      const told: UploadState[] = [];
      const trial = await stoppedAt(bench, stop, (state) => told.push(state));
      assert.deepEqual([trial.kind, trial.code], ['cancelled', 'K2-CANCELLED'], String(trial.error));
      assert.ok(trial.error instanceof DeployCancelled);
      assert.equal(trial.error.report?.state, stop.state);
      assert.deepEqual([told.at(-1), told.includes('reboot')], [stop.state, stop.state === 'proof'], 'the way back is not of the upload');
      assert.deepEqual(trial.error.details?.['code'], 'K2-CANCELLED');
      assert.match(trial.error.message, /^K2-CANCELLED: The deploy to virtual:\S+ was cancelled\..* The board was started again\.$/u);
      checkWords(trial.error.message, before, trial);
      assert.ok(trial.othersUntouched);
      assert.equal(bench.board.state, 'firmware');
      assert.equal(bench.board.consolePort.baudRate, 115_200);
      const again = await bench.deploy();
      assert.ok(again.kind === 'verified' && again.holdsRegions, String(again.error));
    } finally {
      bench.close();
    }
  });
}

test('without control lines the stub starts the board again, at whatever rate the cancel left it; in the ROM nobody can', async () => {
  const romStates: readonly string[] = ['enter-isp', 'load-stub'];
  for (const stop of stops) {
    const bench = await DeployBench.open({ regions: [region], faults: [{ kind: 'no-lines' }], board: { ispEntry: 'always', faults: [fault({ kind: 'no-lines' })] } });
    try {
      const { kind, error } = await stoppedAt(bench, stop);
      assert.equal(kind, 'cancelled', `${stop.what}: ${String(error)}`);
      const { message } = error as Error;
      if (romStates.includes(stop.state)) assert.match(message, /could not be started from here: press its RESET button/, stop.what);
      else assert.match(message, /The board was started again/, `${stop.what} ${stop.moment}`);
      if (!romStates.includes(stop.state)) assert.equal(bench.board.state, 'firmware', `${stop.what} ${stop.moment}`);
      assert.equal((await bench.deploy()).kind, 'verified', stop.what);
    } finally {
      bench.close();
    }
  }
});

test('cancelled while the board starts its program: everything is there', async () => {
  const bench = await DeployBench.open({ regions: [region], deploy: { proofLimitMs: 20_000 } });
  try {
    let label = '';
    const progress = { report: (now: { label: string }) => void (label = now.label) };
    const whole = await bench.deploy();
    const trial = await bench.deploy({ deploy: { proofLimitMs: 20_000, progress }, cancelAtMs: whole.virtualMs });
    assert.equal(trial.kind, 'verified', 'nothing is left to wait for');
    const cut = await bench.deploy({
      deploy: { proofLimitMs: 20_000, progress },
      wrap: (port, cancel) => new WatchedTransport(port, (op, moment) => op === 0xd5 && moment === 'sent' && void bench.clock.sleep(700).then(cancel)),
    });
    assert.equal(cut.kind, 'cancelled');
    assert.equal(label, 'Waiting for the board to start');
    assert.match((cut.error as Error).message, /All 151,552 bytes are on the flash and verified\. The board was started again\./);
    assert.equal((cut.error as DeployCancelled).report?.state, 'proof');
    assert.equal(bench.board.state, 'firmware');
  } finally {
    bench.close();
  }
});
