import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { libraryNames } from '../../src/engine/engine-folder';
import { sha256Of, zipOf } from '../support/provisioning/fake-archives';
import { fakeLibrary, fakeWheel, serveIndex, wheelName } from '../support/provisioning/fake-tensorflow';
import { ProvisioningBench, assertNative, whyOf } from '../support/provisioning/provisioning-bench';

const skip = process.platform === 'win32' ? 'no wheel for Windows contains the C library' : false;
const wheelPath = `/files/${skip === false ? wheelName() : ''}`;
let bench: ProvisioningBench;
beforeEach(async () => (bench = await ProvisioningBench.open()));
afterEach(() => bench.close());

function install(indexUrl: string, env: NodeJS.ProcessEnv = bench.env): ReturnType<ProvisioningBench['run']> {
  return bench.run({ order: ['index'], indexUrl, env });
}

test('only the libraries are read out of the wheel', { skip }, async () => {
  const library = fakeLibrary();
  const wheel = fakeWheel(library);
  const record = await install(serveIndex(bench.server, wheel));
  assert.equal(record.step, 'index');
  for (const name of libraryNames()) assert.ok((await readFile(path.join(bench.folder, name))).equals(library));
  assert.ok(bench.server.sentBytes() < wheel.length - 800_000, `${bench.server.sentBytes()} of ${wheel.length} bytes were fetched`);
  assert.deepEqual((await bench.files()).filter((file) => file.includes('downloads')), []);
});

test('the address may come from the environment; without one the step says so', { skip }, async () => {
  const indexUrl = serveIndex(bench.server, fakeWheel());
  assert.match(whyOf(await bench.run({ order: ['index'] }), 'index'), /no package index is set/);
  assertNative(await bench.run({ order: ['index'], env: { ...bench.env, MOBILEFACENET_ENGINE_INDEX: indexUrl } }));
});

test('a connection that is cut in the middle of a library is taken up again', { skip }, async () => {
  const wheel = fakeWheel();
  const indexUrl = serveIndex(bench.server, wheel);
  bench.server.routes.set(wheelPath, { data: wheel, etag: '"wheel"', cutAfterBytes: 120_000 });
  assertNative(await install(indexUrl));
});

test('a server without ranges sends the whole wheel, which is checked by its SHA-256', { skip }, async () => {
  const wheel = fakeWheel();
  assertNative(await install(serveIndex(bench.server, wheel, { withoutRanges: true })));
  const wrong = serveIndex(bench.server, wheel, { withoutRanges: true, sha256: sha256Of(Buffer.from('else')) });
  const record = await bench.run({ order: ['index'], indexUrl: wrong });
  assert.match(whyOf(record, 'index'), /has SHA-256/);
});

test('a damaged library is noticed by its CRC-32 and not kept', { skip }, async () => {
  const wheel = zipOf(libraryNames().map((name) => ({ path: `tensorflow/${name}`, data: fakeLibrary('good', 5000), stored: true })));
  wheel[3000] = (wheel[3000] ?? 0) ^ 1;
  const record = await install(serveIndex(bench.server, wheel));
  assert.match(whyOf(record, 'index'), /is damaged: its CRC-32 does not fit/);
  assert.deepEqual(await bench.files(), ['engine/engine.json']);
});

const failures: Record<string, { serve: () => string; why: RegExp }> = {
  'a page that is not JSON': {
    serve: () => {
      const url = serveIndex(bench.server, fakeWheel());
      for (const [route, file] of bench.server.routes) if (route.startsWith('/simple/')) bench.server.routes.set(route, { ...file, data: Buffer.from('<html></html>') });
      return url;
    },
    why: /does not answer in JSON/,
  },
  'JSON that is no index page': {
    serve: () => {
      const url = serveIndex(bench.server, fakeWheel());
      for (const [route, file] of bench.server.routes) if (route.startsWith('/simple/')) bench.server.routes.set(route, { ...file, data: Buffer.from('{"files": 3}') });
      return url;
    },
    why: /does not answer as a package index does/,
  },
  'an index without TensorFlow': { serve: () => `${bench.server.url}/simple/`, why: /HTTP 404/ },
  'a wheel that is gone': {
    serve: () => {
      const url = serveIndex(bench.server, fakeWheel());
      bench.server.routes.delete(wheelPath);
      return url;
    },
    why: /does not have the file \(HTTP 404\)/,
  },
  'a wheel that is cut off': { serve: () => serveIndex(bench.server, fakeWheel().subarray(0, 500_000)), why: /no zip archive, or its end is missing/ },
  'a wheel without the library': { serve: () => serveIndex(bench.server, zipOf([{ path: 'tensorflow/__init__.py', data: Buffer.from('x') }])), why: /does not hold/ },
  'an address that is none': { serve: () => 'mirror.example/simple', why: /does not begin with http/ },
};
for (const [name, { serve, why }] of Object.entries(failures)) {
  test(`${name}: a clear reason`, { skip }, async () => {
    const record = await install(serve());
    assert.equal(record.kind, 'wasm');
    assert.match(whyOf(record, 'index'), why);
  });
}

test('user name and password of the address go to its server and into no file', { skip }, async () => {
  const indexUrl = serveIndex(bench.server, fakeWheel()).replace('http://', 'http://me:s%40crt@');
  assertNative(await install(indexUrl));
  const expected = `Basic ${Buffer.from('me:s@crt').toString('base64')}`;
  assert.ok(bench.server.requests.every((request) => request.authorization === expected));
  for (const file of await bench.files()) {
    if (file.endsWith('.json')) assert.doesNotMatch(await readFile(path.join(bench.root, file), 'utf8'), /crt/);
  }
  const closed = await bench.run({ order: ['index'], indexUrl: 'http://me:s%40crt@127.0.0.1:9/simple', folder: path.join(bench.root, 'other') });
  assert.doesNotMatch(JSON.stringify(closed), /crt/);
});

test('a proxy is used, except for hosts of NO_PROXY', { skip }, async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    const upstream = connect(bench.server.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  try {
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    serveIndex(bench.server, fakeWheel());
    // A name that does not exist: only the proxy can reach it.
    const record = await install('http://mirror.invalid/simple/', { ...bench.env, HTTP_PROXY: address });
    assertNative(record);
    assert.deepEqual([...new Set(tunnels)], ['mirror.invalid:80']);
    const direct = await install('http://mirror.invalid/simple/', { ...bench.env, HTTP_PROXY: address, NO_PROXY: 'mirror.invalid' });
    assert.match(whyOf(direct, 'index'), /was not found|did not answer/);
  } finally {
    proxy.close();
    proxy.closeAllConnections();
  }
});
