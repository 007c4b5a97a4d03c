import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromRgb565, toRgb565 } from '../../../../src/board/photo-check/rgb565';

test('a colour is nearest among those with 5, 6 and 5 bits', () => {
  assert.deepEqual([...toRgb565(Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255]))], [0xf8, 0x00, 0x07, 0xe0, 0x00, 0x1f]);
  fc.assert(fc.property(fc.uint8Array({ minLength: 3, maxLength: 3 }), (pixel) => {
    const [red = 0, green = 0, blue = 0] = fromRgb565(toRgb565(pixel));
    assert.ok(Math.abs(red - (pixel[0] ?? 0)) <= 5 && Math.abs(green - (pixel[1] ?? 0)) <= 3 && Math.abs(blue - (pixel[2] ?? 0)) <= 5);
  }));
});

test('what went through once stays as it is', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 2, maxLength: 40 }).filter(({ length }) => length % 2 === 0), (packed) => {
    assert.deepEqual(toRgb565(fromRgb565(packed)), packed);
  }));
});
