import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeNetpbm } from '../../../src/dataset/photos/netpbm';

function netpbm(header: string, samples: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from(header, 'latin1'), Buffer.from(samples)]);
}

describe('netpbm', () => {
  it('reads grey pictures as grey RGB', () => {
    assert.deepEqual(decodeNetpbm(netpbm('P5\n2 1\n255\n', [7, 200])), { width: 2, height: 1, data: Uint8Array.of(7, 7, 7, 200, 200, 200) });
  });

  it('reads colour pictures and comments', () => {
    const picture = decodeNetpbm(netpbm('P6 # made by hand\n1\t2 # size\n#\n255\n', [1, 2, 3, 10, 13, 32]));
    assert.deepEqual(picture, { width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 10, 13, 32) });
  });

  it('scales other ranges, also of two bytes', () => {
    assert.deepEqual([...decodeNetpbm(netpbm('P5 3 1 15 ', [0, 5, 15])).data].filter((_, i) => i % 3 === 0), [0, 85, 255]);
    assert.deepEqual([...decodeNetpbm(netpbm('P5 2 1 65535 ', [0xff, 0xff, 0x80, 0x80])).data].filter((_, i) => i % 3 === 0), [255, 128]);
  });

  it('says what is wrong', () => {
    assert.throws(() => decodeNetpbm(netpbm('P2 1 1 255 ', [49])), /neither/);
    assert.throws(() => decodeNetpbm(netpbm('P5 2 2 255 ', [1, 2, 3])), /cut off/);
    assert.throws(() => decodeNetpbm(netpbm('P5 0 2 255 ', [])), /out of range/);
    assert.throws(() => decodeNetpbm(netpbm('P5 2 2 70000 ', [1])), /out of range/);
    assert.throws(() => decodeNetpbm(netpbm('P5 99999999 99999999 255 ', [1])), /out of range/);
    assert.throws(() => decodeNetpbm(netpbm('P5 x', [])), /header is damaged/);
  });

  it('ends on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom('P5', 'P6', 'P5 3 3 255 ', 'P6 1 1 #'), (bytes, start) => {
      try {
        const { width, height, data } = decodeNetpbm(Buffer.concat([Buffer.from(start), bytes]));
        assert.equal(data.length, width * height * 3);
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof RangeError));
      }
    }));
  });
});
