import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as vscode from 'vscode';
import { parseProgressLine } from '../../../src/host/jobs/progress-text';
import { inEditorLanguage } from '../../../src/host/jobs/progress-words';
import { progressLine } from '../../../src/base/console-progress';
import type { Policy } from '../../../src/dataset/policy/policy';
import { presetPolicy } from '../../../src/dataset/policy/presets';
import type { DatasetNode } from '../../../src/host/datasets/dataset-nodes';
import { DatasetTree } from '../../../src/host/datasets/dataset-tree';
import type { FolderFacts, FolderFactsCache } from '../../../src/host/datasets/folder-facts';
import { PeopleOrder } from '../../../src/host/datasets/people-order';
import { RunsTree } from '../../../src/host/runs/runs-tree';
import type { RunEntry } from '../../../src/host/runs/run-entry';
import type { ArtifactStore } from '../../../src/host/workspace/artifact-store';
import { Figures } from '../../../src/protocol/figures';
import { RunHistory } from '../../../src/protocol/run-history';
import type { RunRecord } from '../../../src/protocol/run';
import type { RunHealth } from '../../../src/protocol/run-health';
import { EventEmitter, l10n } from '../../support/vscode';
import { testEvaluation, testRecord, testStep } from '../../support/run-samples';

const figures = new Figures('en');
const plain = (text: unknown): string => String(text).replaceAll('\u00a0', ' ');

function storeWith(content: Partial<ArtifactStore>): ArtifactStore {
  return { onDidChange: new EventEmitter<void>().event, photoFolders: [], datasets: [], runs: [], ...content } as unknown as ArtifactStore;
}

describe('the tree of datasets', () => {
  const people = [['Ann', 1200], ['Bob', 4], ['Zoe', 40], ['Eve', 40]].map(([name, images]) => ({ name: String(name), images: Number(images), heldOut: false, folder: `/w/team/${name}` }));
  const photos: DatasetNode = { kind: 'photos', folder: '/w/team', people, photos: 1284, isPartial: false };
  const record = {
    format: 1 as const, toolVersion: '', createdAt: '', fingerprint: '', imageSize: 112, template: '', landmarks: '', seed: 1, shards: [], images: 30,
    identities: [{ name: 'Ann', images: 20, heldOut: false }, { name: 'Bob', images: 10, heldOut: true }],
  };
  const finding = { id: 'exact', title: 'Exact duplicates', description: '2 photos, 1 groups', icon: 'files', tab: 'duplicates' as const, photos: ['Zoe/1.jpg', 'Zoe/2.jpg'], groups: 1 };
  const factsOf = (policy: string, findings = [finding]): FolderFacts => ({
    findings, openPhotos: new Set(findings.flatMap((kind) => kind.photos)), heldOut: new Set(['Eve']), policy: presetPolicy(policy) as Policy, leftOut: new Set(), checked: new Set(), leftOutOf: new Map([['Zoe', 10]]),
  });
  const treeOf = (facts: FolderFacts, state: Record<string, unknown> = {}): DatasetTree => {
    const memory = { get: () => state, update: (_key: string, value: Record<string, unknown>) => Promise.resolve(Object.assign(state, value)) } as unknown as vscode.Memento;
    const cache = { of: () => Promise.resolve(facts), onDidChange: new EventEmitter<void>().event } as unknown as FolderFactsCache;
    return new DatasetTree(storeWith({ photoFolders: [photos], datasets: [{ kind: 'dataset', folder: '/w/datasets/team', record }] }), cache, new PeopleOrder(memory), figures);
  };
  const rows = async (tree: DatasetTree, node?: DatasetNode): Promise<unknown[][]> => (await tree.getChildren(node)).map((child) => tree.getTreeItem(child)).map(({ label, description }) => [label, description]);

  test('shows photos and datasets with their people', async () => {
    const tree = treeOf(factsOf('none', []));
    assert.deepEqual(await rows(tree), [['team', '4 people, 1,284 photos'], ['team', 'prepared, 30 crops']]);
    assert.deepEqual(await rows(tree, photos), [['Ann', '1,200'], ['Eve', '40, held out'], ['Zoe', '40, 10 left out'], ['Bob', '4']], 'one rule for all makes no level of its own');
    assert.deepEqual(await rows(tree, (await tree.getChildren())[1]), [['Ann', '20'], ['Bob', '10, held out']]);
  });

  test('sorts people into the rules of the policy by the photos that are not left out, after the findings', async () => {
    const tree = treeOf(factsOf('original'));
    const children = await tree.getChildren(photos);
    assert.deepEqual(await rows(tree, photos), [['Findings', '2 photos, 1 kinds'], ['Over 350: sample 350', '1'], ['31 to 90: four times', '1'], ['30 or fewer: leave out', '2']]);
    assert.deepEqual(await rows(tree, children[0]), [['Exact duplicates', '2 photos, 1 groups']]);
    assert.deepEqual(await rows(tree, children[3]), [['Zoe', '40, 10 left out'], ['Bob', '4']]);
    const zoe = await tree.findPerson('/w/team', 'Zoe');
    assert.ok(zoe?.kind === 'person' && tree.getParent(zoe)?.kind === 'bucket', 'a person can be brought into sight');
  });

  test('filters and sorts people', async () => {
    assert.deepEqual(await rows(treeOf(factsOf('none', []), { sort: 'name' }), photos), [['Ann', '1,200'], ['Bob', '4'], ['Eve', '40, held out'], ['Zoe', '40, 10 left out']]);
    assert.deepEqual(await rows(treeOf(factsOf('original'), { filter: 'findings' }), photos), [['Findings', '2 photos, 1 kinds'], ['Zoe', '40, 10 left out']]);
    assert.deepEqual(await rows(treeOf(factsOf('original', []), { filter: 'held-out' }), photos), [['Eve', '40, held out']]);
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
    assert.equal(starred.contextValue, 'run.starred.atRest.evaluate.resume-arcface');
  });

  test('a lost run can be resumed', () => {
    const lost = item({}, { kind: 'lost' });
    assert.equal(plain(lost.description), 'ended unexpectedly at step 40');
    assert.match(lost.contextValue ?? '', /\.resume$/);
  });
});

test('progress lines of a job are read back', () => {
  const update = { label: 'Detecting faces', done: 350, total: 700, unit: 'photos', detail: '52.1 photos/s' };
  assert.deepEqual(parseProgressLine(progressLine(update, false)), { label: 'Detecting faces', detail: '350 of 700 photos, 50 %, 52.1 photos/s', percent: 50 });
  assert.deepEqual(parseProgressLine(progressLine({ label: 'Download', done: 2e6, unit: 'bytes' }, false)), { label: 'Download', detail: '2.0 MB' });
  assert.equal(parseProgressLine('Something else was said.'), undefined);
});

test('progress is told in the language of the editor, and as it came where words are not known', (context) => {
  context.mock.method(l10n, 't', (message: string, ...values: string[]) => `<${message.replaceAll(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? '')}>`);
  assert.deepEqual(inEditorLanguage({ label: 'Reading pictures', detail: '1 of 705 pictures, 0 %', percent: 0 }), { label: '<Reading pictures>', detail: '<1 of 705> <pictures>, 0 %', percent: 0 });
  assert.deepEqual(inEditorLanguage({ label: 'Downloading x.whl', detail: '2.0 of 190.5 MB, 1 %' }), { label: 'Downloading x.whl', detail: '<2.0 of 190.5> MB, 1 %' });
  assert.deepEqual(inEditorLanguage({ label: 'Toasting', detail: '2.0 MB' }), { label: 'Toasting', detail: '2.0 MB' });
});
