import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { contextKeys } from '../../ids';
import { runFiles } from '../../protocol/run-files';
import { HeartbeatWatch, isActive } from '../../protocol/run-health';
import { areas } from '../areas';
import { ContextKey } from '../context-key';
import { readPhotoFolder, type BrokenDatasetEntry, type DatasetEntry, type PhotoFolderEntry } from '../datasets/dataset-entries';
import { PhotoCounts } from '../datasets/photo-counts';
import type { BrokenRunEntry, RunEntry } from '../runs/run-entry';
import { findArtifacts } from './find-artifacts';

/** Live runs are read again this often; the status bar must not change faster. */
const livePollMs = 1000;
const refreshDelayMs = 300;
const chosenFoldersKey = 'chosenPhotoFolders';

/** What the workspace holds: photo folders, datasets and runs. The files are the truth; this is their last reading. */
export class ArtifactStore extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private photoFolderEntries: readonly PhotoFolderEntry[] = [];
  private datasetEntries: readonly (DatasetEntry | BrokenDatasetEntry)[] = [];
  /** Model folders outside of runs. */
  private modelEntries: readonly string[] = [];
  private runEntries: readonly (RunEntry | BrokenRunEntry)[] = [];
  private readonly counts = new PhotoCounts();
  private readonly hasPhotos = new ContextKey(contextKeys.hasPhotos);
  private readonly hasDataset = new ContextKey(contextKeys.hasDataset);
  private readonly hasRuns = new ContextKey(contextKeys.hasRuns);
  private readonly modelFolders = new ContextKey<readonly string[]>(contextKeys.modelFolders);
  private readonly training = new ContextKey(contextKeys.training);
  private readonly heartbeats = new HeartbeatWatch();
  private refreshing: Promise<void> | undefined;
  private refreshTimer: NodeJS.Timeout | undefined;

  constructor(private readonly state: vscode.Memento) {
    super();
    const watcher = this.own(vscode.workspace.createFileSystemWatcher('**/{dataset,run}.json'));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) this.own(event(() => this.refreshSoon()));
    this.own(vscode.workspace.onDidChangeWorkspaceFolders(() => this.refreshSoon()));
    const timer = setInterval(() => void this.pollLiveRuns(), livePollMs);
    this.own({ dispose: () => clearInterval(timer) });
    this.own({ dispose: () => clearTimeout(this.refreshTimer) });
  }

  get photoFolders(): readonly PhotoFolderEntry[] {
    return this.photoFolderEntries;
  }

  get datasets(): readonly (DatasetEntry | BrokenDatasetEntry)[] {
    return this.datasetEntries;
  }

  get runs(): readonly (RunEntry | BrokenRunEntry)[] {
    return this.runEntries;
  }

  run(folder: string): RunEntry | undefined {
    return this.runEntries.filter((entry) => entry.kind === 'run').find((entry) => entry.folder === folder);
  }

  /** Remembers a photo folder that may lie outside the workspace. */
  async addPhotoFolder(folder: string): Promise<void> {
    const chosen = new Set(this.state.get<string[]>(chosenFoldersKey, []));
    await this.state.update(chosenFoldersKey, [...chosen.add(folder)]);
    await this.refresh();
  }

  /** Reads everything again. Calls during a refresh wait for one that begins after it. */
  async refresh(): Promise<void> {
    await this.refreshing;
    this.refreshing ??= this.readAll().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private refreshSoon(): void {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(() => void this.refresh(), refreshDelayMs);
  }

  private async readAll(): Promise<void> {
    const roots = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    const found = await findArtifacts(roots);
    const photoFolders = new Set([...found.photoFolders, ...this.state.get<string[]>(chosenFoldersKey, [])]);
    const photos = await Promise.all([...photoFolders].map((folder) => readPhotoFolder(folder, this.counts, () => this.isDisposed)));
    const nowMs = Date.now();
    this.modelEntries = found.models;
    this.photoFolderEntries = photos.filter((entry) => entry.photos > 0);
    this.datasetEntries = await readDatasets(found.datasets);
    this.runEntries = await readRuns(found.runs, nowMs, this.heartbeats);
    this.publish();
  }

  private async pollLiveRuns(): Promise<void> {
    if (this.refreshing !== undefined || !this.runEntries.some(isLive)) return;
    const nowMs = Date.now();
    const { readRunEntry } = await areas.runReader();
    const before = this.runEntries;
    const entries = await Promise.all(before.map((entry) => (isLive(entry) ? readRunEntry(entry.folder, nowMs, this.heartbeats) : entry)));
    if (this.isDisposed || this.runEntries !== before) return;
    this.runEntries = entries;
    this.publish();
  }

  private publish(): void {
    this.hasPhotos.set(this.photoFolderEntries.length > 0);
    this.hasDataset.set(this.datasetEntries.some((entry) => entry.kind === 'dataset'));
    this.hasRuns.set(this.runEntries.some((entry) => entry.kind === 'run'));
    const ofRuns = this.runEntries.flatMap(({ folder }) => [folder, path.join(folder, runFiles.bestModel), path.join(folder, runFiles.lastModel)]);
    this.modelFolders.set([...ofRuns, ...this.modelEntries]);
    this.training.set(this.runEntries.some(isLive));
    this.changed.fire();
  }
}

function isLive(entry: RunEntry | BrokenRunEntry): boolean {
  return entry.kind === 'run' && isActive(entry.record.state) && entry.health.kind !== 'lost';
}

/** What reads runs is loaded when there is one. */
async function readRuns(folders: readonly string[], nowMs: number, heartbeats: HeartbeatWatch): Promise<(RunEntry | BrokenRunEntry)[]> {
  if (folders.length === 0) return [];
  const { readRunEntry } = await areas.runReader();
  return Promise.all(folders.map((folder) => readRunEntry(folder, nowMs, heartbeats)));
}

async function readDatasets(folders: readonly string[]): Promise<(DatasetEntry | BrokenDatasetEntry)[]> {
  if (folders.length === 0) return [];
  const { readDataset } = await areas.datasetReader();
  return Promise.all(folders.map(readDataset));
}
