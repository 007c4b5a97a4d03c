import path from 'node:path';
import type { RunRecord } from '../../protocol/run';
import type { BrokenRunEntry, RunEntry } from './run-entry';

export interface RunNode {
  readonly kind: 'run';
  readonly entry: RunEntry;
  readonly forks: readonly ForkNode[];
}

/** A step of a run from which other runs were forked. */
export interface ForkNode {
  readonly kind: 'fork';
  /** Folder of the run that was forked. */
  readonly folder: string;
  readonly step: number;
  readonly runs: readonly RunNode[];
}

export interface BrokenRunNode {
  readonly kind: 'broken';
  readonly entry: BrokenRunEntry;
}

export type LineageNode = RunNode | ForkNode | BrokenRunNode;

/** Folder of a run's parent, if it has one. */
export function parentFolder(folder: string, record: Pick<RunRecord, 'parent'>): string | undefined {
  return record.parent && path.resolve(folder, record.parent.run);
}

export function newestFirst(runs: readonly RunEntry[]): RunEntry[] {
  return [...runs].sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt));
}

/** Runs as a forest: root runs, below them their fork points, below these the forks; newest first. */
export function buildLineage(entries: readonly (RunEntry | BrokenRunEntry)[]): (RunNode | BrokenRunNode)[] {
  const runs = newestFirst(entries.filter((entry) => entry.kind === 'run'));
  const folders = new Set(runs.map((entry) => entry.folder));
  const build = (entry: RunEntry, ancestors: ReadonlySet<string>): RunNode => {
    // A record that names its own descendant as parent must not make the tree endless.
    const line = new Set([...ancestors, entry.folder]);
    const own = runs.filter((child) => parentFolder(child.folder, child.record) === entry.folder && !line.has(child.folder));
    const steps = [...new Set(own.map((child) => child.record.parent?.step ?? 0))].sort((a, b) => a - b);
    const forks = steps.map((step): ForkNode => ({
      kind: 'fork', folder: entry.folder, step,
      runs: own.filter((child) => child.record.parent?.step === step).map((child) => build(child, line)),
    }));
    return { kind: 'run', entry, forks };
  };
  const roots = runs.filter((entry) => !folders.has(parentFolder(entry.folder, entry.record) ?? ''));
  const broken = entries.filter((entry) => entry.kind === 'broken').map((entry): BrokenRunNode => ({ kind: 'broken', entry }));
  return [...roots.map((entry) => build(entry, new Set())), ...broken];
}
