import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { SeededRandom } from '../../../../src/base/random';
import { DeployBench, modelBytes, runTrial, type TrialOptions } from '../../../support/board/deploy-trial';

async function openBench(t: TestContext, options: TrialOptions): Promise<DeployBench> {
  const bench = await DeployBench.open(options);
  t.after(() => bench.close());
  return bench;
}

const address = 0x300000;
const large = [{ address, bytes: modelBytes(150_000), name: 'face.kmodel' }];

test('an unchanged model is deployed again more than ten times faster', async (t) => {
  const bench = await openBench(t, { regions: [{ address, bytes: modelBytes(2 << 20), name: 'face.kmodel' }] });
  const first = await bench.deploy();
  const again = await bench.deploy();
  assert.equal(first.kind, 'verified');
  assert.equal(first.deployment?.writtenBytes, 2 << 20);
  assert.equal(again.kind, 'verified');
  assert.equal(again.deployment?.writtenBytes, 0);
  const [firstMs = 0, againMs = 0] = [first, again].map(({ deployment }) => deployment?.uploadMs);
  assert.ok(againMs * 10 < firstMs, `${againMs} ms after ${firstMs} ms`);
});

test('what is there already is asked about in few questions, and what differs is found by its block', async (t) => {
  const bytes = modelBytes(2 << 20);
  const bench = await openBench(t, { regions: [{ address, bytes, name: 'face.kmodel' }] });
  await bench.deploy();
  const before = bench.board.activityCount('crc');
  await bench.deploy();
  assert.equal(bench.board.activityCount('crc') - before, 2 + 8, '1, 2 and then 4 of 32 blocks at a time');
  const changed = Uint8Array.from(bytes);
  for (const at of [70_000, 1_000_000, 2_097_151]) changed[at] = (changed[at] as number) ^ 1;
  const again = await bench.deploy({ regions: [{ address, bytes: changed, name: 'face.kmodel' }] });
  assert.equal(again.kind, 'verified');
  assert.ok(again.holdsRegions);
  assert.equal(again.deployment?.writtenBytes, 3 * 65536);
});

test('interrupted at any moment, an upload goes on where it stopped and ends equal', async (t) => {
  const random = new SeededRandom(6, 'interruptions');
  const whole = await runTrial({ regions: large });
  assert.equal(whole.kind, 'verified');
  for (let round = 0; round < 20; round++) {
    const bench = await openBench(t, { regions: large });
    const cut = await bench.deploy({ cancelAtMs: random.between(0, whole.virtualMs) });
    assert.equal(cut.kind, 'cancelled', `round ${round}: ${String(cut.error)}`);
    assert.ok(cut.othersUntouched, `round ${round}`);
    assert.equal(bench.board.state, 'firmware', `round ${round}: the board is left usable`);
    const resumed = await bench.deploy();
      assert.equal(resumed.kind, 'verified', `round ${round}: ${String(resumed.error)}`);
    assert.ok(resumed.holdsRegions && resumed.othersUntouched, `round ${round}`);
  }
});

test('unplugged in the middle, the next upload goes on', async (t) => {
  const bench = await openBench(t, { regions: large, faults: [{ kind: 'unplug', during: 'program', nth: 2 }] });
  const cut = await bench.deploy();
  assert.equal(cut.code, 'K2-PORT-LOST');
  bench.board.plugIn();
  const resumed = await bench.deploy();
  assert.equal(resumed.kind, 'verified');
  assert.ok(resumed.holdsRegions && (resumed.deployment?.skippedBytes ?? 0) > 0);
});

test('a changed model is sent only where it differs', async (t) => {
  const bench = await openBench(t, { regions: large });
  await bench.deploy();
  const bytes = Uint8Array.from(large[0]?.bytes ?? []);
  bytes[100_000] = (bytes[100_000] as number) ^ 1;
  const changed = await bench.deploy({ regions: [{ address, bytes, name: 'face.kmodel' }] });
  assert.equal(changed.kind, 'verified');
  assert.equal(changed.deployment?.writtenBytes, 65536);
});

test('what worked is remembered: the second upload enters at the first attempt', async (t) => {
  const bench = await openBench(t, { regions: [{ address, bytes: modelBytes(5000), name: 'm' }], model: 'maix-go-old' });
  const first = await bench.deploy();
  const second = await bench.deploy();
  assert.equal(first.deployment?.report.profile, 'goD');
  assert.ok(second.virtualMs < first.virtualMs - 1000);
});

test('everything is read back when that is asked for', async () => {
  const trial = await runTrial({ regions: large, deploy: { readBack: true } });
  assert.equal(trial.deployment?.verification, 'read-back');
});

test('the report names state, port, wiring, rates and the last bytes', async () => {
  const trial = await runTrial({ regions: large, faults: [{ kind: 'write-protected' }] });
  const { report } = trial.error as { report: Record<string, unknown> };
  assert.equal(report['state'], 'write');
  assert.equal(report['profile'], 'dan');
  assert.equal(report['baudRate'], 1_500_000);
  assert.match(String(report['flash']), /^ef4018, 16 MiB$/u);
  assert.match(String(report['lastBytesHex']), /^[0-9a-f]{64,512}$/u);
});
