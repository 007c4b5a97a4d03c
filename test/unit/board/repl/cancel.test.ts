import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError } from '../../../../src/base/user-error';
import { FileJournal, whatIsOnVolume, type FileState } from '../../../../src/board/repl/file-journal';
import { mainProgramMark } from '../../../../src/board/repl/main-program';
import { openReplBench, patternBytes, withBench } from '../../../support/board/repl-bench';

const path = '/sd/data.bin';
const [before, content] = [patternBytes(3000, 5), patternBytes(40_000)];
const theirs = Buffer.from('print("theirs")\n');
const ours = `${mainProgramMark}\nprint('{"k2":"ready","ms":1}')\nwhile True:\n  pass\n`;
const states: readonly FileState[] = ['stop-program', 'change-rate', 'compare', 'send', 'verify', 'rename', 'install-program', 'restart', 'proof'];
/** Of the board's time, after a state was entered: into the middle of a piece, of a rename, of a file's second half. */
const delaysMs = [0, 4, 90];

/** Cancels as soon as the journal, or so long after it, gets to a state. */
function stoppingJournal(stopAt: FileState, cancel: () => void): FileJournal {
  const journal = new FileJournal();
  let { state } = journal;
  return Object.defineProperty(journal, 'state', {
    get: () => state,
    set: (next: FileState) => {
      if (next === stopAt && state !== stopAt) cancel();
      state = next;
    },
  });
}

for (const stopAt of states) {
  for (const delayMs of delaysMs) {
    test(`cancelled ${delayMs} ms into ${stopAt}: the board has the old file or the new one, whole, and is told how it was left`, async () => {
      await withBench(openReplBench({}, {}, ({ card }) => {
        card?.put('/data.bin', before);
        card?.put('/main.py', theirs);
      }), async (bench) => {
        const { firmware: { card }, clock, transport } = bench;
        const abort = new AbortController();
        const journal = stoppingJournal(stopAt, () => (delayMs === 0 ? abort.abort() : void clock.sleep(delayMs).then(() => abort.abort())));
        const outcome = await bench.deploy(content, { path, signal: abort.signal, journal, main: { source: ours, existing: 'back-up' } }).then(() => 'done', (error: unknown) => error);
        if (outcome === 'done') return assert.ok(delayMs > 0, 'it was over before');
        assert.ok(outcome instanceof CancelledError, String(outcome));
        const said = whatIsOnVolume(journal);
        const now = card?.read('/data.bin');
        assert.deepEqual(now, journal.isThere ? content : before, said);
        assert.match(said, journal.isThere ? /is on the board, whole and verified/ : /as it was before|No file on the board was changed/);
        const main = Buffer.from(card?.read('/main.py') ?? []).toString();
        assert.equal(main, journal.program === 'installed' ? ours : theirs.toString(), said);
        assert.notEqual(journal.left, 'unreached');
        assert.equal(transport.baudRate, 115_200);
        await clock.sleep(2000);
        const again = await bench.deploy(content, { path });
        assert.deepEqual(card?.read('/data.bin'), content);
        assert.equal(again.unchanged, journal.isThere);
      });
    });
  }
}

test('the bytes of a file that was on its way are told as all figures are', () => {
  const journal = Object.assign(new FileJournal(), { path, totalBytes: 503_808, sentBytes: 12_288 });
  assert.match(whatIsOnVolume(journal), /as it was before; 12,288 of 503,808 bytes of the new one are in/);
});
