import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { productRoot } from '../../../../src/base/product';
import { UserError, errorText } from '../../../../src/base/user-error';
import { clusterJsonSchema, readClusterFile } from '../../../../src/training/cluster/launch/cluster-file';
import { defaultRanks } from '../../../../src/training/cluster/launch/local-cluster';
import { isPrivateAddress, isWildcardAddress, parseHostAndPort } from '../../../../src/training/cluster/launch/private-address';
import { commandLine } from '../../../../src/training/cluster/launch/rank-process';
import { defaultThreads, resolveMember } from '../../../../src/training/cluster/launch/resolve-member';
import type { RankAssignment } from '../../../../src/training/cluster/launch/rank-messages';

async function readText(text: string): ReturnType<typeof readClusterFile> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cluster-file-'));
  try {
    const file = path.join(folder, 'cluster.json');
    writeFileSync(file, text);
    return await readClusterFile(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function refusal(value: unknown): Promise<string> {
  try {
    await readText(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return errorText(error);
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(value)} was accepted` });
}

test('private addresses are told from those of the Internet', () => {
  for (const address of ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.7.7', '127.0.0.1', '169.254.1.1', '100.64.0.1', 'fd00::1', 'fe80::1', '::1']) assert.equal(isPrivateAddress(address), true, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '192.169.0.1', '11.0.0.1', '100.128.0.1', '2001:db8::1', '0.0.0.0', '::']) assert.equal(isPrivateAddress(address), false, address);
  for (const address of ['0.0.0.0', '::', '0:0:0:0:0:0:0:0']) assert.equal(isWildcardAddress(address), true, address);
  for (const address of ['10.0.0.0', '::1', 'host']) assert.equal(isWildcardAddress(address), false, address);
});

test('addresses are host and port', () => {
  assert.deepEqual(parseHostAndPort('10.0.0.1:7000'), { host: '10.0.0.1', port: 7000 });
  assert.deepEqual(parseHostAndPort('[fd00::7]:7000'), { host: 'fd00::7', port: 7000 });
  assert.deepEqual(parseHostAndPort('train-0.train:7000'), { host: 'train-0.train', port: 7000 });
  for (const text of ['10.0.0.1', '10.0.0.1:0', '10.0.0.1:70000', ':7000', 'fd00::7:7000', 'a b:1', '[host]:7000']) assert.equal(parseHostAndPort(text), undefined, text);
});

test('a cluster file gets its defaults', async () => {
  const file = await readText('{"ranks": [{"address": "10.0.0.1:7000"}, {"address": "10.0.0.1:7001", "ssh": "me@10.0.0.1"}]}');
  assert.deepEqual([file.timeoutSeconds, file.checkEverySteps, file.allowPublicAddresses], [60, 100, false]);
});

test('what is wrong with a cluster file is named, and addresses of the Internet need consent', async () => {
  assert.match(await refusal('{'), /cannot be read/);
  assert.match(await refusal({ ranks: [] }), /ranks/);
  assert.match(await refusal({ ranks: [{ adress: '10.0.0.1:1' }] }), /ranks\.0/);
  assert.match(await refusal({ ranks: [{ address: '10.0.0.1' }] }), /"10\.0\.0\.1" of rank 0 is no host:port/);
  assert.match(await refusal({ ranks: [{ address: '10.0.0.1:7' }, { address: '10.0.0.1:7' }] }), /ranks 0 and 1 have the same address/);
  assert.match(await refusal({ ranks: [{ address: '0.0.0.0:7000' }] }), /all addresses/);
  assert.match(await refusal({ ranks: [{ address: '[::]:7000' }], allowPublicAddresses: true }), /all addresses/);
  assert.match(await refusal({ ranks: [{ address: '10.0.0.1:7' }, { address: '8.8.8.8:7' }] }), /8\.8\.8\.8 of rank 1 can be reached from the Internet/);
  assert.match(await refusal({ ranks: [{ address: '10.0.0.1:7', ssh: '-oProxyCommand=x' }] }), /ranks\.0\.ssh/);
  assert.equal((await readText('{"ranks": [{"address": "8.8.8.8:7"}], "allowPublicAddresses": true}')).ranks.length, 1);
});

test('the schema that editors get is that of the code', () => {
  const shipped: unknown = JSON.parse(readFileSync(path.join(productRoot(), 'media/cluster.schema.json'), 'utf8'));
  assert.deepEqual(shipped, clusterJsonSchema());
});

const assignment: RankAssignment = {
  toolVersion: '1', rank: 0, addresses: ['127.0.0.1:7000', '127.0.0.1:7001'], allowPublicAddresses: false, timeoutSeconds: 60, startTimeoutSeconds: 60,
  checkEverySteps: 100, recordsOrder: false, job: { kind: 'follow', dataset: 'data' },
};

test('a rank listens at its own address, and takes connections from the others alone where they are named by address', async () => {
  assert.deepEqual(await resolveMember(assignment), { rank: 0, addresses: assignment.addresses, listenOn: '127.0.0.1', acceptFrom: ['127.0.0.1'] });
  const named = await resolveMember({ ...assignment, addresses: ['127.0.0.1:7000', 'localhost:7001'] });
  assert.equal(named.acceptFrom, undefined);
  await assert.rejects(resolveMember({ ...assignment, addresses: ['10.255.255.1:7000'] }), /none of this machine's/);
});

test('ranks of one machine share its cores', () => {
  assert.ok(defaultThreads(assignment).intraOp >= 1);
  assert.deepEqual(defaultThreads({ ...assignment, threads: 3 }), { intraOp: 3, interOp: 3 });
  assert.deepEqual([1, 4, 8, 64, 256].map((cores) => defaultRanks(cores)), [2, 2, 2, 16, 16]);
});

test('ssh gets one command for the shell at the other end', () => {
  assert.deepEqual(commandLine({ ssh: 'me@10.0.0.2', sshOptions: ['-p', '2222'], command: 'node /opt/cli.js', workingFolder: '/shared/it\'s' }), {
    program: 'ssh',
    args: ['-o', 'BatchMode=yes', '-o', 'ServerAliveInterval=15', '-p', '2222', '--', 'me@10.0.0.2', 'cd \'/shared/it\'\\\'\'s\' && exec node /opt/cli.js train-rank'],
  });
  assert.equal(commandLine({}).program, process.execPath);
});
