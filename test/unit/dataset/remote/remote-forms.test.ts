import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { decodeResult, encodeResult, type BatchResult } from '../../../../src/dataset/remote/batch-result';
import { decodeFailure, encodeFailure } from '../../../../src/dataset/remote/batch-queue';
import { describeMaker } from '../../../../src/dataset/remote/crop-maker';
import { batchSizeFor } from '../../../../src/dataset/remote/photo-batch';
import { workersInClientList } from '../../../../src/dataset/remote/queue-names';
import { parseRedisAddress } from '../../../../src/dataset/remote/redis-address';
import { explainRedisError } from '../../../../src/dataset/remote/redis-connection';

const measures = { sizePixels: 80.1, sharpness: 3, brightness: 4, contrast: 5, yawDegrees: -6, pitchDegrees: 7, rollDegrees: 0 };
const result: BatchResult = {
  host: 'far', missing: [4],
  outcomes: [
    { id: 3, outcome: { kind: 'crop', jpeg: Uint8Array.of(1, 2, 3), foundBy: 'ssd', measures } },
    { id: 4, outcome: { kind: 'dropped', reason: 'unreadable', detail: 'ENOENT' } },
    { id: 5, outcome: { kind: 'crop', jpeg: new Uint8Array(), foundBy: 'fixed-box' } },
    { id: 6, outcome: { kind: 'dropped', reason: 'several-faces', detail: 'ä', foundBy: 'human' } },
  ],
};

describe('a result file', () => {
  it('gives back what was written', () => {
    assert.deepEqual(decodeResult(encodeResult(result)), result);
  });

  it('is not believed when it is cut off or any byte is wrong', () => {
    const file = encodeResult(result);
    for (let length = 0; length < file.length; length++) assert.equal(decodeResult(file.subarray(0, length)), undefined);
    fc.assert(fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
      const damaged = Uint8Array.from(file);
      damaged[position] = (damaged[position] ?? 0) ^ change;
      assert.equal(decodeResult(damaged), undefined);
    }));
  });
});

describe('an address of Redis', () => {
  it('is read with name, password, database and TLS', () => {
    assert.deepEqual(parseRedisAddress('redis://h'), { host: 'h', port: 6379, database: 0, tls: false, shown: 'h:6379' });
    assert.deepEqual(parseRedisAddress('rediss://u:p%40%2F@[::1]:7/3'), { host: '::1', port: 7, database: 3, tls: true, shown: '[::1]:7', username: 'u', password: 'p@/' });
    assert.equal(parseRedisAddress('redis://h', { MOBILEFACENET_REDIS_PASSWORD: 's' }).password, 's');
    assert.equal(parseRedisAddress('redis://:own@h', { MOBILEFACENET_REDIS_PASSWORD: 's' }).password, 'own');
  });

  it('that is wrong is refused without showing its password', () => {
    for (const text of ['secret', 'http://u:secret@h', 'redis://u:secret@', 'redis://u:secret@h/x', 'redis://u:secret@h?x', 'redis://u:secret%@h', 'redis://u:sec/ret@h', 'redis://u:secret@h:99999']) {
      assert.throws(() => parseRedisAddress(text), (error) => error instanceof UserError && !`${error.message}${error.action}`.includes('secret'), text);
    }
  });
});

describe('failures of Redis', () => {
  const address = parseRedisAddress('redis://u:secret@h:1');
  const failure = (message: string, code?: string): Error => Object.assign(new Error(message), code === undefined ? {} : { code }, { command: { name: 'auth', args: ['u', 'secret'] } });

  it('are one sentence each, with the server and without the password', () => {
    const cases: [Error, RegExp][] = [
      [failure('connect ECONNREFUSED 1.2.3.4:1', 'ECONNREFUSED'), /^Nothing listens at h:1\./],
      [failure('getaddrinfo ENOTFOUND h', 'ENOTFOUND'), /host of h:1 is not known/],
      [failure('connect ETIMEDOUT', 'ETIMEDOUT'), /h:1 cannot be reached/],
      [failure('read ECONNRESET', 'ECONNRESET'), /What listens at h:1 closes the connection/],
      [failure('Connection is closed.'), /connection to Redis at h:1 is lost and did not come back/],
      [failure('NOAUTH Authentication required.'), /wants a password/],
      [failure('WRONGPASS invalid username-password pair or user is disabled.'), /refuses the name or the password/],
      [failure('NOPERM this user has no permissions'), /does not let this user/],
      [failure('READONLY You can\'t write against a read only replica.'), /read-only replica/],
      [failure('MOVED 1 1.2.3.4:5'), /part of a cluster/],
      [failure('Protocol error, got "H" as reply type byte'), /is not Redis/],
      [failure('OOM command not allowed'), /no memory left/],
      [failure('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), /certificate of Redis at h:1 is not trusted/],
      [failure('write EPROTO ssl3_get_record:wrong version number', 'EPROTO'), /does not speak TLS/],
      [failure('something new'), /cannot be used: something new/],
    ];
    for (const [error, pattern] of cases) {
      const explained = explainRedisError(error, address);
      assert.match(explained.message, pattern);
      assert.ok(explained.action.length > 0 && explained.cause === undefined && !JSON.stringify([explained.message, explained.action]).includes('secret'));
    }
  });

  it('of a worker come through the queue as they are; other texts are told apart', () => {
    assert.deepEqual(decodeFailure(encodeFailure(new UserError('What.', 'Do.'), 'far')), { message: 'What.', action: 'Do.', host: 'far' });
    for (const text of ['job stalled more than allowable limit', '{"message":1}', 'null', '']) assert.equal(decodeFailure(text), undefined);
  });
});

describe('workers', () => {
  it('are known by the names of their connections', () => {
    const queue = (name: string): string => Buffer.from(name).toString('base64');
    const list = [
      `id=3 addr=1.2.3.4:5 name=mobilefacenet:${queue('crops_0.1.0_1_linux_x64_2.21.0')}:w:far age=3`,
      `id=4 addr=1.2.3.4:5 name=mobilefacenet:${queue('crops_0.1.0_1_linux_x64_2.21.0')}:qe age=3`,
      `id=5 addr=1.2.3.4:5 name=bull:${queue('crops_other')}:w:x age=3`,
      'id=6 addr=1.2.3.4:5 name= age=3', '',
    ].join('\n');
    assert.deepEqual(workersInClientList(list), [{ maker: '0.1.0_1_linux_x64_2.21.0', host: 'far' }]);
    assert.equal(describeMaker('0.1.0_1_linux_x64_2.21.0'), 'version 0.1.0 on linux x64 with TensorFlow 2.21.0');
  });

  it('get batches that are neither tiny nor huge', () => {
    assert.deepEqual([1, 700, 20_000, 5_000_000].map(batchSizeFor), [8, 8, 79, 256]);
  });
});
