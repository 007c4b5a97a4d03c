import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { decodeBytes } from '../../../../src/dataset/photos/decode-photo';

async function problemOf(bytes: Uint8Array): Promise<string> {
  return decodeBytes(bytes).then(
    () => 'it was read',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe('why a photo cannot be decoded', () => {
  it('is told of that photo, however many unreadable ones of other kinds are decoded at the same time', async () => {
    const noise = sharp({ create: { width: 200, height: 150, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } });
    const [jpeg, png] = await Promise.all([noise.clone().jpeg().toBuffer(), noise.clone().png().toBuffer()]);
    const kinds: readonly (readonly [Uint8Array, string])[] = [
      [jpeg.subarray(0, jpeg.length / 2), 'its picture data are damaged or end too early'],
      [jpeg.subarray(0, 20), 'its header is damaged or incomplete'],
      [png.subarray(0, 60), 'its header is damaged or incomplete'],
      [png.subarray(0, png.length / 2), 'its picture data are damaged or end too early'],
      [Buffer.from('no picture at all'), 'Input buffer contains unsupported image format'],
      [Buffer.alloc(0), 'Input Buffer is empty'],
    ];
    const many = Array.from({ length: 25 }, () => kinds).flat();
    assert.deepEqual(await Promise.all(many.map(([bytes]) => problemOf(bytes))), many.map(([, reason]) => reason));
  });
});
