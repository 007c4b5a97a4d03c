import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as vscode from 'vscode';
import { parseProgressLine } from '../../../src/host/jobs/progress-text';
import { progressLine } from '../../../src/base/console-progress';
import { DatasetTree, type DatasetNode } from '../../../src/host/datasets/dataset-tree';
import { RunsTree } from '../../../src/host/runs/runs-tree';
import type { RunEntry } from '../../../src/host/runs/run-entry';
import type { ArtifactStore } from '../../../src/host/workspace/artifact-store';
import { Figures } from '../../../src/protocol/figures';
import { RunHistory } from '../../../src/protocol/run-history';
import type { RunRecord } from '../../../src/protocol/run';
import type { RunHealth } from '../../../src/protocol/run-health';
import { EventEmitter } from '../../support/vscode';
import { testEvaluation, testRecord, testStep } from '../../support/run-samples';

const figures = new Figures('en');
const plain = (text: unknown): string => String(text).replaceAll('\u00a0', ' ');

function storeWith(content: Partial<ArtifactStore>): ArtifactStore {
  return { onDidChange: new EventEmitter<void>().event, photoFolders: [], datasets: [], runs: [], ...content } as unknown as ArtifactStore;
}

describe('the tree of datasets', () => {
  test('shows photos and datasets with their people', () => {
    const photos: DatasetNode = { kind: 'photos', folder: '/w/team', people: [{ name: 'Ann', images: 1200, heldOut: false }], photos: 1200, isPartial: false };
    const record = {
      format: 1 as const, toolVersion: '', createdAt: '', fingerprint: '', imageSize: 112, template: '', landmarks: '', seed: 1, shards: [], images: 30,
      identities: [{ name: 'Ann', images: 20, heldOut: false }, { name: 'Bob', images: 10, heldOut: true }],
    };
    const tree = new DatasetTree(storeWith({ photoFolders: [photos], datasets: [{ kind: 'dataset', folder: '/w/datasets/team', record }] }), figures);
    const [first, second] = tree.getChildren();
    assert.equal(tree.getTreeItem(first as DatasetNode).description, '1 people, 1,200 photos');
    assert.equal(tree.getTreeItem(second as DatasetNode).description, '2 people, 30 crops');
    const people = tree.getChildren(second).map((node) => tree.getTreeItem(node));
    assert.deepEqual(people.map(({ label, description }) => [label, description]), [['Ann', '20'], ['Bob', '10, held out']]);
  });
});

describe('the tree of runs', () => {
  const item = (changes: Partial<RunRecord>, health: RunHealth = { kind: 'alive' }, isStarred = false): vscode.TreeItem => {
    const recent = new RunHistory();
    for (let step = 1; step <= 40; step++) recent.apply(testStep(step));
    recent.apply(testEvaluation(40, 0.964));
    const entry: RunEntry = { kind: 'run', folder: '/w/runs/r01', record: testRecord(changes), health, recent, hasCheckpoint: true };
    return new RunsTree(storeWith({ runs: [entry] }), { has: () => isStarred, onDidChange: new EventEmitter<void>().event }, figures).getTreeItem({ kind: 'run', entry, forks: [] });
  };

  test('a live run shows percent and time left', () => {
    const live = item({});
    assert.equal(plain(live.description), '40 %, 1 min left');
    assert.equal((live.iconPath as vscode.ThemeIcon).id, 'circle-filled');
    assert.equal(live.contextValue, 'run.plain.resume-arcface.stop-after-epoch.pause');
  });

  test('a finished run shows its loss and verification', () => {
    assert.equal(plain(item({ state: 'finished' }, { kind: 'idle' }).description), 'loss 0.55, verified 91.4 %');
  });

  test('a starred run says so, and at rest it can be renamed', () => {
    const starred = item({ state: 'finished' }, { kind: 'idle' }, true);
    assert.match(String(starred.description), /^★ loss/);
    assert.equal(starred.contextValue, 'run.starred.atRest.resume-arcface');
  });

  test('a lost run can be resumed', () => {
    const lost = item({}, { kind: 'lost' });
    assert.equal(plain(lost.description), 'ended unexpectedly at step 40');
    assert.match(lost.contextValue ?? '', /\.resume$/);
  });
});

test('progress lines of a job are read back', () => {
  const update = { label: 'Detecting faces', done: 350, total: 700, unit: 'photos', detail: '52.1 photos/s' };
  assert.deepEqual(parseProgressLine(progressLine(update, false)), { label: 'Detecting faces', detail: '350 of 700 photos  50 %  52.1 photos/s', percent: 50 });
  assert.deepEqual(parseProgressLine(progressLine({ label: 'Download', done: 2e6, unit: 'bytes' }, false)), { label: 'Download', detail: '2.0 MB' });
  assert.equal(parseProgressLine('Something else was said.'), undefined);
});
