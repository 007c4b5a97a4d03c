import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { parseTargetPath } from '../../../../src/board/repl/target-path';

test('a place on the card, with the folders above it', () => {
  assert.deepEqual(parseTargetPath('/sd/models/faces/m.kmodel'), { path: '/sd/models/faces/m.kmodel', volume: 'sd', folders: ['/sd/models', '/sd/models/faces'] });
  assert.deepEqual(parseTargetPath('/flash/m.kmodel'), { path: '/flash/m.kmodel', volume: 'flash', folders: [] });
});

for (const path of ['m.kmodel', '/etc/passwd', '/sd', '/sd/', '/sd//m', '/sd/../m', '/sd/a/./b', "/sd/a'b", '/sd/ä', '/flash/a/b', `/sd/${'x'.repeat(121)}`, '/sdcard/m']) {
  test(`${path.slice(0, 30)} is refused`, () => {
    assert.throws(() => parseTargetPath(path), UserError);
  });
}
