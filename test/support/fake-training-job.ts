/**
 * Behaves like a training job towards its run folder, without training: writes run.json, run.lock and events.jsonl, and
 * obeys control.json. It runs within the test's own process.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runControlSchema, type ControlWord, type RunEvent, type RunRecord, type RunState } from '../../src/protocol/run';
import { runFiles } from '../../src/protocol/run-files';
import { testRecord, testStep } from './run-samples';

export interface FakeJobOptions {
  readonly steps: number;
  readonly stepMs: number;
  readonly parent?: { readonly run: string; readonly step: number };
}

export class FakeTrainingJob {
  private readonly record: RunRecord;
  private readonly stepMs: number;
  private lastControl = '';
  private stopsAfterEpoch = false;

  constructor(private readonly folder: string, { steps, stepMs, parent }: FakeJobOptions) {
    const firstStep = parent?.step ?? 0;
    this.stepMs = stepMs;
    this.record = testRecord({
      name: path.basename(folder), state: 'waiting', head: parent ? 'arcface' : 'softmax', firstStep, lastStep: firstStep + steps, stepsPerEpoch: 10,
      ...(parent ? { parent: { run: path.relative(folder, parent.run), name: path.basename(parent.run), step: parent.step, head: 'softmax' } } : {}),
    });
  }

  async run(): Promise<void> {
    mkdirSync(path.join(this.folder, runFiles.checkpoints), { recursive: true });
    this.writeLock();
    this.setState('waiting', this.record.firstStep);
    this.append({ kind: 'start', step: this.record.firstStep, timeMs: Date.now(), head: this.record.head, resumed: false });
    this.setState('running', this.record.firstStep);
    let final: RunState = 'finished';
    for (let step = this.record.firstStep + 1; step <= this.record.lastStep; step++) {
      await delay(this.stepMs);
      this.writeLock();
      this.append(testStep(step, { timeMs: Date.now() }));
      const word = await this.obey(step);
      this.stopsAfterEpoch ||= word === 'stop-after-epoch';
      if (word === 'stop-now' || (this.stopsAfterEpoch && step % 10 === 0)) {
        final = 'stopped';
        break;
      }
      if (step % 10 === 0) this.checkpoint(step);
    }
    this.setState(final, this.record.lastStep);
    rmSync(path.join(this.folder, runFiles.lock));
  }

  /** Waits while paused; returns a word that asks to stop. */
  private async obey(step: number): Promise<ControlWord | undefined> {
    const word = this.readControl();
    if (word !== 'pause') return word;
    this.setState('paused', step);
    while (this.readControl() !== 'continue') await delay(this.stepMs);
    this.setState('running', step);
    return undefined;
  }

  private readControl(): ControlWord | undefined {
    const file = path.join(this.folder, runFiles.control);
    if (!existsSync(file)) return undefined;
    const control = runControlSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (control.id === this.lastControl) return undefined;
    this.lastControl = control.id;
    return control.word;
  }

  private checkpoint(step: number): void {
    mkdirSync(path.join(this.folder, runFiles.checkpoints, String(step)), { recursive: true });
    this.append({ kind: 'checkpoint', step, timeMs: Date.now() });
  }

  private setState(state: RunState, step: number): void {
    writeFileSync(path.join(this.folder, runFiles.record), JSON.stringify({ ...this.record, state }));
    this.append({ kind: 'state', step, timeMs: Date.now(), state });
  }

  private writeLock(): void {
    const lock = { pid: process.pid, hostName: hostname(), startedAt: new Date().toISOString(), heartbeatMs: Date.now() };
    writeFileSync(path.join(this.folder, runFiles.lock), JSON.stringify(lock));
  }

  private append(event: RunEvent): void {
    appendFileSync(path.join(this.folder, runFiles.events), `${JSON.stringify(event)}\n`);
  }
}
