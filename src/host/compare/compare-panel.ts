import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import { commands } from '../../ids';
import { compareRequestSchema, type CompareMessage, type CompareRequest, type CompareRow } from '../../protocol/compare-panel';
import { commonRate, withTarAt } from '../../protocol/compare-table';
import { askPhotos } from '../ask';
import type { CommandContext } from '../commands/command-context';
import { ensureEngine } from '../commands/engine-commands';
import { evaluateArguments, evaluationFiles } from '../models/evaluation-target';
import { pickModel } from '../models/pick-model';
import { lockedReason } from '../pages/locked-reason';
import { PageConnection } from '../pages/page-connection';
import { readCompareRows, rowEvaluationFolder } from './compare-rows';
import { columnTitle, compareStrings } from './compare-strings';
import { EvaluationQueue } from './evaluation-queue';
import { exportComparison } from './export-comparison';
import { PhotoSession, type Judge } from './photo-session';
import { StoredEvaluations } from './stored-evaluation';

/** A training changes the store each second; the table need not follow faster. */
const refreshMs = 500;

export interface ComparePanelOptions {
  readonly panel: vscode.WebviewPanel;
  /** Folders of the runs; none means all of the workspace. */
  readonly runs: readonly string[];
  readonly extensionUri: vscode.Uri;
  readonly context: CommandContext;
}

/** One editor tab that puts runs side by side. Figures come from stored reports; what is not there yet can be asked for. */
export class ComparePanel extends Disposable {
  private readonly page: PageConnection<CompareMessage, CompareRequest>;
  private readonly evaluations = new StoredEvaluations();
  private readonly queue: EvaluationQueue;
  private readonly photos: PhotoSession;
  private rows: readonly CompareRow[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ComparePanelOptions) {
    super();
    const { panel, extensionUri, context } = options;
    this.queue = this.own(new EvaluationQueue(context.jobs));
    this.photos = this.own(new PhotoSession(context.jobs, context.memory));
    this.own(context.store.onDidChange(() => this.refreshSoon()));
    this.own(context.starred.onDidChange(() => this.refreshSoon()));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.refreshSoon()));
    this.own(this.queue.onDidChange(() => this.sendJobs()));
    this.own(this.photos.onDidChange(() => this.sendPhotos()));
    this.own({ dispose: () => clearTimeout(this.timer) });
    this.page = this.own(new PageConnection<CompareMessage, CompareRequest>({
      panel, extensionUri, page: 'compare', strings: compareStrings(), requests: compareRequestSchema,
      onReady: () => void this.start(), perform: (request) => this.perform(request), log: context.log,
    }));
  }

  /** Shows photos in the page's "Same person?" and lets the first model with a threshold judge them. */
  async showPhotos(files: readonly string[]): Promise<void> {
    await this.photos.place(files, 0);
    if (this.rows.length === 0) await this.read();
    const own = this.rows.find(({ form, hasModel, evaluation }) => form === 'float' && hasModel && evaluation) ?? this.rows.find(({ form, hasModel }) => form === 'float' && hasModel);
    if (own !== undefined) await this.judge(this.rows.filter(({ run, hasModel }) => run === own.run && hasModel).slice(0, 2).map(({ id }) => id));
  }

  private async start(): Promise<void> {
    await this.refresh();
    this.sendJobs();
    this.sendPhotos();
  }

  /** A page that is hidden reads nothing until it is shown again. */
  private refreshSoon(): void {
    if (!this.page.isReady) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, refreshMs);
  }

  private async refresh(): Promise<void> {
    await this.read();
    const locked = lockedReason();
    const rate = commonRate(this.rows);
    this.page.postIfChanged({ kind: 'rows', runs: this.options.runs, rows: this.rows, ...(rate === undefined ? {} : { rate }), ...(locked === undefined ? {} : { locked }) });
  }

  private async read(): Promise<void> {
    const { store, starred } = this.options.context;
    const wanted = new Set(this.options.runs);
    const runs = store.runs.filter((entry) => entry.kind === 'run').filter(({ folder }) => wanted.size === 0 || wanted.has(folder));
    const newestFirst = runs.sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt));
    const rows = await readCompareRows(newestFirst, this.evaluations, (folder) => starred.has(folder));
    this.rows = withTarAt(rows, commonRate(rows));
  }

  private sendJobs(): void {
    this.page.post({ kind: 'jobs', jobs: this.queue.current });
  }

  private sendPhotos(): void {
    this.page.post({ kind: 'photos', ...this.photos.shown });
  }

  private async perform(request: CompareRequest): Promise<void> {
    const { context } = this.options;
    switch (request.name) {
      case 'openRun':
        return context.panels.open(request.params.run);
      case 'openReport': {
        const row = this.row(request.params.row);
        return context.reports.open(path.join(rowEvaluationFolder(row), evaluationFiles.page), nameOf(row));
      }
      case 'evaluate':
        return this.evaluate(this.row(request.params.row));
      case 'cancel':
        return this.queue.cancel(request.params.row);
      case 'convert':
        void vscode.commands.executeCommand(commands.convertModel, this.row(request.params.row).run);
        return;
      case 'export':
        return exportComparison(this.rows, request.params, (column) => columnTitle(column, commonRate(this.rows)));
      case 'pickPhotos':
        return this.pickPhotos(request.params.slot);
      case 'dropPhoto':
        return this.photos.drop(request.params.slot, request.params.fileName, Buffer.from(request.params.base64, 'base64'));
      case 'judge':
        return this.judge(request.params.models);
      case 'judgeOther': {
        const { model, name } = await pickModel(context, undefined, vscode.l10n.t('Same Person?'));
        return this.judgeBy([{ model, name, form: model.endsWith('.kmodel') ? 'kmodel' : 'float' }]);
      }
      case 'stopJudging':
        return this.photos.stop();
    }
  }

  private row(id: string): CompareRow {
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) throw new UserError(vscode.l10n.t('{0} is no longer there.', id), vscode.l10n.t('Refresh the list of runs.'));
    return row;
  }

  private async evaluate(row: CompareRow): Promise<void> {
    const { context } = this.options;
    const dataset = context.store.run(row.run)?.record.dataset ?? '';
    const env = row.form === 'kmodel' ? {} : await ensureEngine(context, 'running');
    await this.queue.run(row.id, evaluateArguments(row.id, { kind: 'dataset', folder: dataset }, rowEvaluationFolder(row), undefined), env);
    await this.refresh();
  }

  private async pickPhotos(slot: 0 | 1): Promise<void> {
    await this.photos.place(await askPhotos({ title: vscode.l10n.t('Photos to Compare'), openLabel: vscode.l10n.t('Choose'), canSelectMany: true }), slot);
  }

  private judge(ids: readonly string[]): Promise<void> {
    return this.judgeBy(ids.map((id) => this.row(id)).map((row) => ({
      model: row.id, name: nameOf(row), form: row.form, ...(row.evaluation ? { threshold: row.evaluation.threshold } : {}),
    })));
  }

  private async judgeBy(judges: readonly Judge[]): Promise<void> {
    if (!this.photos.isComplete) throw new UserError(vscode.l10n.t('Two photos are needed.'), vscode.l10n.t('Choose or drop another photo.'));
    await this.photos.judge(judges, judges.some(({ form }) => form === 'float') ? await ensureEngine(this.options.context, 'running') : {});
  }
}

function nameOf({ form, name, id }: CompareRow): string {
  return form === 'float' ? name : path.basename(id);
}
