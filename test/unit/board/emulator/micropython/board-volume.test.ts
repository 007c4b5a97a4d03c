import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoardVolume, errno } from '../../../../../src/board/emulator/micropython/board-volume';

const volume = (options: Partial<ConstructorParameters<typeof BoardVolume>[0]> = {}): BoardVolume => new BoardVolume({ bytes: 64 * 1024, blockBytes: 4096, ...options });

test('what is written in pieces at places is what a plain array would hold', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(3000), fc.uint8Array({ maxLength: 500 })), { maxLength: 12 }), (pieces) => {
    const files = volume();
    const handle = files.openFile('/a', 'wb');
    let expected = new Uint8Array(0);
    for (const [wish, bytes] of pieces) {
      const place = files.seek(handle, wish, 0);
      assert.equal(place, Math.min(wish, expected.length));
      files.writeFile(handle, bytes);
      const longer = new Uint8Array(Math.max(expected.length, place + bytes.length));
      longer.set(expected);
      longer.set(bytes, place);
      expected = longer;
    }
    files.close(handle);
    assert.deepEqual(files.read('/a'), expected);
  }));
});

test('a full volume says so and keeps what it has', () => {
  const files = volume();
  const handle = files.openFile('/a', 'wb');
  files.writeFile(handle, new Uint8Array(60_000));
  assert.throws(() => files.writeFile(handle, new Uint8Array(10_000)), { errno: errno.noSpace });
  assert.equal(files.stat('/a').bytes, 60_000);
  assert.equal(files.space.freeBlocks, 1);
});

test('refusals have the numbers of the firmware', () => {
  const files = volume();
  files.put('/a', new Uint8Array(1));
  files.put('/b', new Uint8Array(1));
  assert.throws(() => files.openFile('/none', 'rb'), { errno: errno.noEntry });
  assert.throws(() => files.openFile('/folder/x', 'wb'), { errno: errno.noEntry });
  assert.throws(() => files.rename('/a', '/b'), { errno: errno.exists });
  assert.throws(() => files.remove('/none'), { errno: errno.noEntry });
  assert.throws(() => volume({ readOnly: true }).openFile('/a', 'wb'), { errno: errno.readOnly });
  assert.throws(() => volume({ flat: true }).makeFolder('/f'), { errno: errno.invalid });
  files.makeFolder('/f');
  files.put('/f/x', new Uint8Array(3));
  assert.throws(() => files.remove('/f'), { errno: errno.notEmpty });
  assert.deepEqual(files.list('/f'), [{ name: 'x', folder: false, bytes: 3 }]);
});
