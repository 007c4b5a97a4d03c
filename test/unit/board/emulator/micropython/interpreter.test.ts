import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { MicroPythonFirmware } from '../../../../../src/board/emulator/micropython/micropython-firmware';
import { microPythonFiles } from '../../../../../src/board/emulator/micropython/micropython-files';
import { openReplBench, withBench, type ReplBench } from '../../../../support/board/repl-bench';

/** JavaScript that keeps its thread from computing, as a machine does that has no processor for it. */
const withhold = (ms: number): string => `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`;

const bootMs = 2000;

/** The board's line as a person at the prompt has it. */
class Terminal {
  said = '';

  constructor(private readonly bench: ReplBench) {
    bench.transport.onData((bytes) => (this.said += Buffer.from(bytes).toString('latin1')));
  }

  /** Types a line and waits for what the board says to it. Gives the time of the board that this took. */
  async ask(line: string, answer: RegExp, limitMs = 10_000): Promise<number> {
    const { clock, transport } = this.bench;
    this.said = '';
    const startMs = clock.nowMs();
    await transport.write(Buffer.from(`${line}\r`));
    while (!answer.test(this.said)) {
      assert.ok(clock.nowMs() - startMs < limitMs, `The board said only ${JSON.stringify(this.said)}`);
      await clock.sleep(5);
    }
    return clock.nowMs() - startMs;
  }
}

async function withTerminal(bench: Promise<ReplBench>, body: (terminal: Terminal, bench: ReplBench) => Promise<void>): Promise<void> {
  await withBench(bench, async (opened) => {
    const terminal = new Terminal(opened);
    await opened.clock.sleep(bootMs);
    await body(terminal, opened);
  });
}

/** A board on which MicroPython's module is another. */
function benchWithModule(code: string): Promise<ReplBench> {
  const files = { ...microPythonFiles(), module: `data:text/javascript,${encodeURIComponent(code)}` };
  return openReplBench({}, { firmware: new MicroPythonFirmware({}, files) });
}

test('while the machine has no processor for Python, no time passes on a virtual clock', async () => {
  await withTerminal(openReplBench(), async (terminal) => {
    const tookMs = await terminal.ask(`import js; js.eval("${withhold(900)}"); print(6*7)`, /\r\n42\r\n>>> $/);
    assert.ok(tookMs < 300, `${tookMs} ms`);
  });
});

test('a question is answered although the machine holds its thread up before that waits for the answer', async () => {
  await withTerminal(openReplBench(), async (terminal) => {
    const slowPost = `{ const post = MessagePort.prototype.postMessage; MessagePort.prototype.postMessage = function (message) { post.call(this, message); if (message.kind === 'call') ${withhold(700)}; }; }`;
    await terminal.ask(`import js, os; js.eval("${slowPost}")`, />>> $/);
    for (let time = 0; time < 2; time++) await terminal.ask('print(os.listdir("/sd"), 6*7)', /\[\] 42\r\n>>> $/);
  });
});

test('a board whose interpreter has ended starts anew', async () => {
  await withTerminal(openReplBench(), async (terminal) => {
    await terminal.ask('import js; js.process.exit()', /init end\r\n[^]*>>> $/);
    await terminal.ask('print(6*7)', /\r\n42\r\n>>> $/);
  });
});

test('an interpreter starts without a look at what else the process waits for', async () => {
  const { module } = microPythonFiles();
  await withTerminal(benchWithModule(`export const loadMicroPython = async (options) => {
    await new Promise((resolve) => setTimeout(resolve, 20).unref());
    return (await import('${module}')).loadMicroPython(options);
  };`), async (terminal) => {
    await terminal.ask('print(6*7)', /\r\n42\r\n>>> $/);
  });
});

test('a board whose interpreter does not start says why', async () => {
  await withTerminal(benchWithModule('export const loadMicroPython = () => { throw new Error("out of order"); };'), (terminal) => {
    assert.match(terminal.said, /MicroPython of the virtual board failed: Error: out of order/);
    return Promise.resolve();
  });
});

test('every thread of a board ends: after a reset, a soft reset, a program that nothing interrupts, and with the board', { timeout: 300_000 }, async () => {
  const alive = new Set<Worker>();
  let begun = 0;
  const follow = (worker: Worker): void => {
    begun++;
    alive.add(worker);
    worker.once('exit', () => alive.delete(worker));
  };
  process.on('worker', follow);
  try {
    await withTerminal(openReplBench(), async (terminal, { board, clock }) => {
      board.pressReset();
      await clock.sleep(bootMs);
      await terminal.ask('\x04', /soft reboot\r\n[^]*>>> $/);
      await terminal.ask('while True: pass\r', /\.\.\. \r\n$/);
      await clock.sleep(500);
      await terminal.ask('\x03', /KeyboardInterrupt[^]*>>> $/);
      await terminal.ask('print(6*7)', /\r\n42\r\n>>> $/);
    });
    assert.equal(begun, 4);
    while (alive.size > 0) await wait(10);
  } finally {
    process.off('worker', follow);
  }
});
