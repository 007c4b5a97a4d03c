import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import type { LoggedJob } from '../../../src/host/jobs/job-runner';
import { TaskTerminal } from '../../../src/host/tasks/task-terminal';

const folder = mkdtempSync(path.join(tmpdir(), 'task-terminal-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const noProcess = 2 ** 30;

/** A job that ends when it is told to, and the terminal that shows it. */
function terminalOf(name: string, begin?: () => Promise<() => void>): { readonly terminal: TaskTerminal; readonly told: string[]; readonly ended: Promise<number>; write(text: string): void; end(code: number): void } {
  const logFile = path.join(folder, `${name}.log`);
  writeFileSync(logFile, '');
  const told: string[] = [];
  let end = (_code: number): void => undefined;
  const job: LoggedJob = { pid: noProcess, logFile, ended: new Promise((resolve) => (end = resolve)) };
  const terminal = new TaskTerminal({
    begin: begin ?? (async () => {
      told.push('lent');
      return () => told.push('back');
    }),
    start: () => {
      told.push('started');
      return Promise.resolve(job);
    },
    onWork: () => told.push('work'),
  });
  terminal.onDidWrite((text) => told.push(text));
  const ended = new Promise<number>((resolve) => terminal.onDidClose(resolve));
  return { terminal, told, ended, write: (text) => appendFileSync(logFile, text), end: (code) => end(code) };
}

describe('the terminal of a task', () => {
  test('makes room before the job starts, shows its lines, one of progress in place of the one before, and ends as the job does', async () => {
    const { terminal, told, ended, write, end } = terminalOf('whole');
    terminal.open({ columns: 24, rows: 9 });
    write('Reading.\nTraining  1 of 2 steps  50 %  loss 1.928\nTraining  2 of 2 steps  100 %  loss 0.034\nFertig: ✓\n');
    end(3);
    assert.equal(await ended, 3);
    assert.deepEqual(told, [
      'lent', 'started', 'Reading.\r\n', 'Training  1 of 2 steps  \r\n', 'work', '\u001b[A\r\u001b[2KTraining  2 of 2 steps  \r\n', 'Fertig: ✓\r\n', 'back', 'work',
    ]);
  });

  test('says why nothing could be started', async () => {
    const { terminal, told, ended } = terminalOf('refused', () => Promise.reject(new UserError('The port is busy.', 'Close the other program.')));
    terminal.open(undefined);
    assert.equal(await ended, 1);
    assert.deepEqual(told, ['The port is busy. Close the other program.\r\n']);
  });
});
