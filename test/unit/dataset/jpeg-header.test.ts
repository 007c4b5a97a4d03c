import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { ratioFor } from '../../../src/dataset/detection/graph/tensorflow-codec';
import { readJpegHeader, type JpegHeader } from '../../../src/dataset/photos/jpeg-header';

function picture(): Sharp {
  return sharp({ create: { width: 60, height: 40, channels: 3, background: '#c08040' } });
}

const plain: JpegHeader = { width: 60, height: 40, components: 3, precision: 8, coding: 'baseline', orientation: 1, hasColorProfile: false };

describe('JPEG header', () => {
  it('tells the kinds of JPEG apart', async () => {
    assert.deepEqual(readJpegHeader(await picture().jpeg().toBuffer()), plain);
    assert.deepEqual(readJpegHeader(await picture().jpeg({ progressive: true }).toBuffer()), { ...plain, coding: 'progressive' });
    assert.deepEqual(readJpegHeader(await picture().toColourspace('b-w').jpeg().toBuffer()), { ...plain, components: 1 });
    assert.equal(readJpegHeader(await picture().toColourspace('cmyk').jpeg().toBuffer())?.components, 4);
  });

  it('finds orientation and colour profile', async () => {
    for (const orientation of [1, 3, 6, 8]) {
      const header = readJpegHeader(await picture().withExif({}).withMetadata({ orientation }).jpeg().toBuffer());
      assert.equal(header?.orientation, orientation);
    }
    assert.equal(readJpegHeader(await picture().withIccProfile('p3').jpeg().toBuffer())?.hasColorProfile, true);
  });

  it('reads big-endian Exif, fill bytes and segments that it does not know', () => {
    const exif = Buffer.from('457869660000' + '4d4d002a00000008' + '0001' + '0112000300000001' + '00060000' + '00000000', 'hex');
    const segment = (code: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
    const frame = segment(0xc2, Buffer.from([8, 1, 0, 2, 0, 1, 1, 0x11, 0]));
    const file = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xff]), segment(0xe1, exif), segment(0xfe, Buffer.from('hello')), frame, segment(0xda, Buffer.alloc(6))]);
    assert.deepEqual(readJpegHeader(file), { width: 512, height: 256, components: 1, precision: 8, coding: 'progressive', orientation: 6, hasColorProfile: false });
  });

  it('refuses other files, and cut ones, without an error', async () => {
    const file = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const start = file.indexOf(Buffer.from([0xff, 0xda]));
    assert.equal(readJpegHeader(await picture().png().toBuffer()), undefined);
    for (let length = 0; length < start; length++) assert.equal(readJpegHeader(file.subarray(0, length)), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readJpegHeader(Uint8Array.of(0xff, 0xd8, ...bytes))));
    fc.assert(fc.property(fc.nat(start - 1), fc.nat(255), (position, value) => {
      const damaged = Buffer.from(file);
      damaged[position] = value;
      readJpegHeader(damaged);
    }));
  });
});

describe('the ratio of decoding', () => {
  it('leaves enough of the longer side', () => {
    const ratio = (width: number, height: number): number | undefined => ratioFor({ ...plain, width, height }, 1000);
    assert.deepEqual([ratio(250, 250), ratio(1999, 100), ratio(2000, 100), ratio(100, 4032), ratio(8000, 6000), ratio(16000, 12000)], [1, 1, 2, 4, 8, 8]);
  });

  it('is none where TensorFlow would see other pixels', () => {
    const others: Partial<JpegHeader>[] = [
      { components: 4 }, { precision: 12 }, { coding: 'other' }, { orientation: 6 }, { hasColorProfile: true }, { width: 0 }, { width: 30_000, height: 30_000 },
    ];
    for (const other of others) assert.equal(ratioFor({ ...plain, ...other }, 1000), undefined);
    assert.equal(ratioFor(undefined, 1000), undefined);
  });
});
