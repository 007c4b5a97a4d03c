import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { runEventSchema, runRecordSchema, type RunEventOf, type RunRecord } from '../../src/protocol/run';
import { runFiles } from '../../src/protocol/run-files';
import { until, untilSays } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

/** A value in the hidden table of a chart. */
export interface DrawnValue {
  readonly run: string;
  readonly step: number;
  readonly value: number;
}

/** What is used of a canvas; the types of the tests do not know the browser's. */
interface CanvasInPage {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray } };
}

/** The training panel as a person and assistive technology find it. */
export class TrainingPage {
  constructor(private readonly workbench: Workbench) {}

  get lossCanvas(): Locator {
    return this.workbench.webview.locator('#loss-chart');
  }

  /** The word beside the run's name: Running, Finished, ... */
  async state(): Promise<string> {
    return (await this.workbench.webview.locator('.pill').first().innerText()).trim();
  }

  /** Points that the loss chart holds of the panel's own run; 0 before the first. */
  async points(): Promise<number> {
    return Number((await this.lossCanvas.getAttribute('data-points')) ?? 0);
  }

  /** Run name -> points drawn of it. */
  async pointsByRun(): Promise<Record<string, number>> {
    return JSON.parse((await this.lossCanvas.getAttribute('data-series')) ?? '{}') as Record<string, number>;
  }

  async lastStep(): Promise<number> {
    return Number((await this.lossCanvas.getAttribute('data-last-step')) ?? -1);
  }

  /**
   * Columns of pixels on the loss canvas that are drawn over more than a third of its height: a head switch's dashed
   * line is one. Curves and grid lines cross a column in few pixels, and grounds and raw curves are more transparent.
   */
  async verticalLines(): Promise<number> {
    return this.lossCanvas.evaluate((element) => {
      const canvas = element as unknown as CanvasInPage;
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      const inkOfColumn = new Array<number>(width).fill(0);
      data.forEach((value, index) => {
        const column = Math.floor(index / 4) % width;
        if (index % 4 === 3 && value > 128) inkOfColumn[column] = (inkOfColumn[column] ?? 0) + 1;
      });
      return inkOfColumn.filter((ink) => ink > height / 3).length;
    });
  }

  async lossValues(): Promise<DrawnValue[]> {
    const cells = await this.workbench.webview.locator('#loss-values tbody td').allTextContents();
    return Array.from({ length: Math.floor(cells.length / 3) }, (_, row) => ({
      run: cells[row * 3] ?? '',
      step: Number(cells[row * 3 + 1]),
      value: Number(cells[row * 3 + 2]),
    }));
  }

  async waitForPoints(count: number): Promise<void> {
    await until(`${count} points on the loss chart`, async () => (await this.points()) >= count);
  }

  async waitForState(word: RegExp): Promise<void> {
    await untilSays(`the state ${word.source} in the panel`, word, () => this.state());
  }
}

export async function readRun(folder: string): Promise<RunRecord> {
  return runRecordSchema.parse(JSON.parse(await readFile(path.join(folder, runFiles.record), 'utf8')));
}

/** All whole step events of a run's events.jsonl. */
export async function readSteps(folder: string): Promise<RunEventOf<'step'>[]> {
  const lines = (await readFile(path.join(folder, runFiles.events), 'utf8')).split('\n').slice(0, -1);
  const events = lines.map((line) => runEventSchema.parse(JSON.parse(line)));
  return events.filter((event) => event.kind === 'step');
}
