import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderFaceProgram, type FaceProgramValues } from '../../../../src/board/program/face-program';
import { askBoardForEmbedding } from '../../../../src/board/photo-check/ask-board';
import { fromRgb565, toRgb565 } from '../../../../src/board/photo-check/rgb565';
import type { MicroPythonOptions } from '../../../../src/board/emulator/micropython/micropython-firmware';
import { simulatedKpu } from '../../../../src/cli/simulated-kpu';
import { SimulatedEmbedder } from '../../../../src/kmodel/simulated-embedder';
import { readProgram } from '../../../../src/kmodel/v3/read-program';
import { openReplBench, patternBytes, type ReplBench } from '../../../support/board/repl-bench';
import { smallFaceModel, smallFacts, smallSide } from '../../../support/board/small-face-model';

const photo = fromRgb565(toRgb565(patternBytes(smallSide * smallSide * 3, 5)));

async function programFor(values: Partial<FaceProgramValues> = {}): Promise<string> {
  return renderFaceProgram({
    model: '/sd/face.kmodel', modelBytes: smallFaceModel().length, size: smallSide, turned: false, threshold: 0.4, points: [[5, 6], [11, 6], [8, 9], [6, 12], [10, 12]], facesFile: '/sd/faces.txt', ...values,
  });
}

function desktop(turn: 'none' | 'rotate180' = 'none'): Float32Array {
  return new SimulatedEmbedder(readProgram(smallFaceModel(), 'small'), smallFacts(turn), 'small').embed(photo);
}

async function deployed(values: Partial<FaceProgramValues> = {}, options: MicroPythonOptions = {}): Promise<ReplBench> {
  const bench = await openReplBench({ kpu: simulatedKpu, ...options });
  const done = await bench.deploy(smallFaceModel(), { main: { source: await programFor(values), existing: 'back-up' } });
  assert.equal(done.loads.kind, 'loaded');
  return bench;
}

for (const family of ['maixpy', 'canmv'] as const) {
  test(`the program on a board with ${family} gives the simulator's embedding, bit by bit`, async () => {
    const bench = await deployed({}, { family });
    const { values } = await askBoardForEmbedding(bench.transport, bench.clock, photo, smallSide);
    bench.dispose();
    assert.deepEqual(normalized(values), desktop());
  });
}

test('a model that wants pictures turned gets them turned', async () => {
  const bench = await deployed({ turned: true });
  const { values } = await askBoardForEmbedding(bench.transport, bench.clock, photo, smallSide);
  bench.dispose();
  assert.deepEqual(normalized(values), desktop('rotate180'));
  assert.notDeepEqual(desktop(), desktop('rotate180'));
});

test('lost bytes and log lines cost time, not truth', async () => {
  const bench = await deployed({}, { faults: [{ kind: 'lose-heard', every: 2003, times: 50 }, { kind: 'lose-said', every: 1009, times: 50 }] });
  const { values } = await askBoardForEmbedding(bench.transport, bench.clock, photo, smallSide);
  bench.dispose();
  assert.deepEqual(normalized(values), desktop());
});

test('a model of another size, and no program at all, are told', async () => {
  const bench = await deployed();
  await assert.rejects(askBoardForEmbedding(bench.transport, bench.clock, new Uint8Array(20 * 20 * 3), 20), { code: 'K2-REPL-PROOF', message: /16 pixels/ });
  bench.dispose();
  const empty = await openReplBench();
  await assert.rejects(askBoardForEmbedding(empty.transport, empty.clock, photo, smallSide), { code: 'K2-REPL-PROOF', message: /No program/ });
  empty.dispose();
});

test('faces are enrolled over the line and survive a restart', async () => {
  const bench = await deployed();
  const said = await talk(bench, '~k2 enrol Ada Lovelace\n', 1000);
  assert.match(said, /"k2": "enrolled"/);
  const start = talk(bench, '', 3000);
  bench.board.pressReset();
  assert.match(await start, /"k2":"ready"[^]*$/);
  assert.match(await talk(bench, '~k2 faces\n', 1000), /Ada Lovelace/);
  assert.match(await talk(bench, '~k2 forget\n~k2 faces\n', 1500), /"names": \[\]/);
  bench.dispose();
});

test('a damaged model is refused with the words of the firmware', async () => {
  const bench = await openReplBench({ kpu: simulatedKpu });
  await assert.rejects(bench.deploy(smallFaceModel().slice(0, 500), {}), { code: 'K2-REPL-PROOF' });
  bench.dispose();
});

async function talk({ transport, clock }: ReplBench, line: string, ms: number): Promise<string> {
  let said = '';
  const listener = transport.onData((bytes) => (said += Buffer.from(bytes).toString()));
  await transport.write(Buffer.from(line));
  await clock.sleep(ms);
  listener.dispose();
  return said;
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}
