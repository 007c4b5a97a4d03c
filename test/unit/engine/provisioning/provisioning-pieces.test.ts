import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { crc32, crc32ByTable } from '../../../../src/base/crc32';
import { engineReport } from '../../../../src/engine/provisioning/engine-report';
import { libraryNameOf } from '../../../../src/engine/provisioning/library-files';
import { networkFailure, statusFailure } from '../../../../src/base/download/network-failure';
import { officialArchives } from '../../../../src/engine/provisioning/official-archives';
import { ProvisioningFailure } from '../../../../src/engine/provisioning/provisioning-step';
import { tensorflowPackage } from '../../../../src/engine/provisioning/tensorflow-package';

test('CRC-32: the check value of its standard, and the table equals zlib in pieces', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  assert.equal(crc32ByTable(Buffer.from('123456789')), 0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      assert.equal(crc32ByTable(second, crc32ByTable(first)), whole);
      if ('crc32' in zlib) assert.equal(zlib.crc32(Buffer.concat([first, second])), whole);
    }),
  );
});

test('members of wheels and official archives get the names that the binding loads', () => {
  const cases: [string, NodeJS.Platform, string | undefined][] = [
    ['tensorflow/libtensorflow_cc.so.2', 'linux', 'libtensorflow_cc.so.2'],
    ['tensorflow/libtensorflow_framework.so.2', 'linux', 'libtensorflow_framework.so.2'],
    ['./lib/libtensorflow.so.2.18.0', 'linux', 'libtensorflow_cc.so.2'],
    ['lib/libtensorflow_framework.so.2.18.0', 'linux', 'libtensorflow_framework.so.2'],
    ['lib/libtensorflow.so', 'linux', undefined],
    ['tensorflow/python/libtensorflow_cc.so.2', 'linux', undefined],
    ['tensorflow/libtensorflow_cc.2.dylib', 'linux', undefined],
    ['tensorflow/libtensorflow_cc.2.dylib', 'darwin', 'libtensorflow_cc.2.dylib'],
    ['./lib/libtensorflow.2.18.0.dylib', 'darwin', 'libtensorflow_cc.2.dylib'],
    ['./lib/libtensorflow_framework.2.dylib', 'darwin', 'libtensorflow_framework.2.dylib'],
    ['lib/tensorflow.dll', 'win32', 'tensorflow.dll'],
    ['lib/tensorflow.lib', 'win32', undefined],
    ['../lib/libtensorflow_cc.so.2', 'linux', undefined],
  ];
  for (const [member, platform, expected] of cases) assert.equal(libraryNameOf(member, platform), expected, `${member} on ${platform}`);
});

test('wheels are chosen by version and platform, for any Python', () => {
  const linux = tensorflowPackage('linux', 'x64');
  assert.equal(linux.name, 'tensorflow-cpu');
  assert.equal(linux.isWheel('tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'), true);
  assert.equal(linux.isWheel('tensorflow_cpu-2.21.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'), true);
  assert.equal(linux.isWheel('tensorflow_cpu-2.20.0-cp311-cp311-manylinux_2_27_x86_64.whl'), false);
  assert.equal(linux.isWheel('tensorflow_cpu-2.21.0-cp311-cp311-win_amd64.whl'), false);
  assert.equal(tensorflowPackage('darwin', 'arm64').isWheel('tensorflow-2.21.0-cp312-cp312-macosx_12_0_arm64.whl'), true);
  assert.throws(() => tensorflowPackage('win32', 'x64'), ProvisioningFailure);
  assert.throws(() => tensorflowPackage('darwin', 'x64'), ProvisioningFailure);
});

test('each official archive has a SHA-256', () => {
  for (const archive of Object.values(officialArchives)) assert.match(archive.sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('network errors become one sentence that names the host and not the password', () => {
  const url = 'https://user:secret@mirror.example:8443/simple/';
  const wrapped = (code: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error('low level'), { code }) });
  assert.equal(networkFailure(wrapped('ECONNREFUSED'), url).message, 'mirror.example:8443 refused the connection');
  assert.match(networkFailure(wrapped('ENOTFOUND'), url).message, /was not found/);
  assert.match(networkFailure(wrapped('SELF_SIGNED_CERT_IN_CHAIN'), url).message, /certificate/);
  const perAddress = new AggregateError([Object.assign(new Error('v6'), { code: 'ENETUNREACH' })]);
  assert.match(networkFailure(new TypeError('fetch failed', { cause: perAddress }), url).message, /no network/);
  const refused = new TypeError('fetch failed', { cause: new Error('Proxy response (403) !== 200 when HTTP Tunneling') });
  assert.equal(networkFailure(refused, url).message, 'the proxy refuses a connection to mirror.example:8443 (HTTP 403)');
  assert.equal(networkFailure(new Error('something new'), url).message, 'mirror.example:8443: something new');
  assert.equal(statusFailure(403, url).message, 'mirror.example:8443 refuses access (HTTP 403)');
  assert.match(statusFailure(503, url).message, /failure of its own \(HTTP 503\)/);
});

test('the report lists each closed way in one line', () => {
  const text = engineReport({
    format: 1,
    kind: 'wasm',
    version: '4.22.0',
    devices: ['WebAssembly'],
    step: 'none',
    createdAt: '2026-01-01T00:00:00.000Z',
    tried: [{ step: 'archive', why: 'host refused the connection', seconds: 0.12 }],
  });
  assert.match(text, /slower/);
  assert.match(text, /official archive: host refused the connection \(0\.1 s\)/);
});
