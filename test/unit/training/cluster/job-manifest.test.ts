import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { productRoot } from '../../../../src/base/product';
import { jobManifest, type JobManifestOptions } from '../../../../src/training/cluster/kubernetes/job-manifest';
import { readClusterFile } from '../../../../src/training/cluster/launch/cluster-file';

const options: JobManifestOptions = {
  name: 'faces', namespace: 'training', image: 'example.invalid/mobilefacenet:1', ranks: 3, port: 7000, claim: 'shared', mount: '/shared', cpus: 4, memory: '8Gi',
  trainOptions: ['--dataset', '/shared/dataset', '--out', '/shared/runs/faces'],
};

interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly data?: Record<string, string>;
}

/** Kubernetes' own OpenAPI schemas, as the package kubernetes-models has them. @throws Error naming what is wrong */
function validate(item: Item): void {
  const load = createRequire(path.join(productRoot(), 'package.json'));
  const models = load(`kubernetes-models/${item.apiVersion}`) as Record<string, new (item: Item) => { validate(): void }>;
  const Model = models[item.kind];
  assert.ok(Model, `${item.apiVersion} has no ${item.kind}`);
  new Model(item).validate();
}

function itemsOf(manifest: Record<string, unknown>): Item[] {
  return manifest['items'] as Item[];
}

test('every part of the manifest is right by the schemas of Kubernetes', () => {
  const items = itemsOf(jobManifest(options));
  assert.deepEqual(items.map(({ kind }) => kind), ['ConfigMap', 'Service', 'NetworkPolicy', 'Job']);
  for (const item of items) validate(item);
});

test('the schemas would find a mistake', () => {
  for (const item of itemsOf(jobManifest({ ...options, namespace: 7 as unknown as string }))) {
    assert.throws(() => validate(item), /metadata\/namespace must be string/, item.kind);
  }
  const job = itemsOf(jobManifest({ ...options, ranks: 1.5 })).at(-1);
  assert.ok(job?.kind === 'Job');
  assert.throws(() => validate(job), /completions must be integer/);
});

test('the cluster file of the pods is one that ranks read, and each pod knows its rank', async () => {
  const items = itemsOf(jobManifest(options));
  const folder = mkdtempSync(path.join(tmpdir(), 'manifest-'));
  try {
    writeFileSync(path.join(folder, 'cluster.json'), items[0]?.data?.['cluster.json'] ?? '');
    const { ranks } = await readClusterFile(path.join(folder, 'cluster.json'));
    assert.deepEqual(ranks.map(({ address }) => address), ['faces-0.faces.training.svc:7000', 'faces-1.faces.training.svc:7000', 'faces-2.faces.training.svc:7000']);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const text = JSON.stringify(items);
  assert.ok(text.includes('"--cluster","/etc/mobilefacenet/cluster.json","--rank","$(JOB_COMPLETION_INDEX)"'));
  assert.ok(text.includes('"subdomain":"faces"') && text.includes('"completionMode":"Indexed"'));
});
