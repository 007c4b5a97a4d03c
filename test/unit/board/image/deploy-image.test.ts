import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoardError } from '../../../../src/board/board-error';
import { deployImage } from '../../../../src/board/image/deploy-image';
import { readFirmware, wrapFirmware } from '../../../../src/board/image/firmware-image';
import { checkFlashPlan, firmwareEnd, flashMap, type FlashRegion } from '../../../../src/board/image/flash-map';
import { writePackage } from '../../../../src/board/image/kfpkg';

const kmodel = Uint8Array.of(3, 0, 0, 0, 9, 9, 9, 9);
const program = Uint8Array.of(0x6f, 0, 0x40, 0, 1, 2, 3);
const flashBytes = 1 << 24;
const noConsent = { firmware: false, files: false };

function refused(action: () => unknown, code: string, reason: RegExp): void {
  assert.throws(action, (error: unknown) => error instanceof BoardError && error.code === code && reason.test(error.message));
}

test('a model goes raw to its usual place or to the one named, never to address 0', () => {
  assert.deepEqual(deployImage('a/face.kmodel', kmodel, undefined), { kind: 'model', regions: [{ address: 0x300000, bytes: kmodel, name: 'face.kmodel' }], notes: [] });
  assert.equal(deployImage('face.kmodel', kmodel, 0x500000).regions[0]?.address, 0x500000);
  assert.equal(deployImage('v4.kmodel', Uint8Array.of(0x4c, 0x44, 0x4d, 0x4b, 4), 0x500000).kind, 'model');
  refused(() => deployImage('face.kmodel', kmodel, 0), 'K2-FILE', /replace the firmware/u);
  refused(() => deployImage('face.bin', kmodel, 0), 'K2-FILE', /replace the firmware/u);
});

test('files that are something else are refused', () => {
  const zip = writePackage([{ address: 0x300000, name: 'm', bytes: kmodel, isFirmware: false }]);
  refused(() => deployImage('a.bin', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2), 0), 'K2-FILE', /ELF/u);
  refused(() => deployImage('a.kmodel', zip, undefined), 'K2-FILE', /zip archive, no model/u);
  refused(() => deployImage('a.bin', zip, 0), 'K2-FILE', /zip archive/u);
  refused(() => deployImage('a.kfpkg', kmodel, undefined), 'K2-FILE', /no package/u);
  refused(() => deployImage('a.kfpkg', zip, 0x300000), 'K2-FILE', /says itself/u);
  refused(() => deployImage('a.kmodel', program, undefined), 'K2-FILE', /no kmodel/u);
  refused(() => deployImage('a.kmodel', new Uint8Array(0), undefined), 'K2-FILE', /empty/u);
  refused(() => deployImage('a.bin', program, undefined), 'K2-FILE', /where it belongs/u);
  refused(() => deployImage('a.kfpkg', writePackage([{ address: 0, name: 'm.kmodel', bytes: kmodel, isFirmware: true }]), undefined), 'K2-FILE', /at address 0/u);
});

test('a firmware gets flag, length and SHA-256 once', () => {
  const { kind, regions: [region] } = deployImage('fw.bin', program, 0);
  assert.equal(kind, 'firmware');
  const image = Buffer.from(region?.bytes ?? []);
  const head = Buffer.concat([Buffer.from([0, program.length, 0, 0, 0]), program]);
  assert.deepEqual(image, Buffer.concat([head, createHash('sha256').update(head).digest()]));
  assert.deepEqual(deployImage('fw.bin', image, 0).regions[0]?.bytes, image, 'a boot image stays as it is');
  assert.equal(deployImage('data.bin', program, 0x400000).regions[0]?.bytes, program, 'elsewhere nothing is added');
});

test('a boot image is recognised with padding behind it, and not with any byte changed', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(50), fc.nat(1000), (content, padding, place) => {
    const image = wrapFirmware(content);
    const padded = Uint8Array.from([...image, ...new Uint8Array(padding)]);
    assert.deepEqual(readFirmware(padded), { encrypted: false });
    const damaged = Uint8Array.from(image);
    damaged[place % image.length] = (damaged[place % image.length] as number) ^ 1;
    assert.equal(readFirmware(damaged), undefined);
  }));
});

test('the end of a firmware is read from its header', () => {
  assert.equal(firmwareEnd(wrapFirmware(program), flashBytes), 5 + program.length + 32);
  assert.equal(firmwareEnd(new Uint8Array(5).fill(0xff), flashBytes), undefined, 'an erased flash');
  assert.equal(firmwareEnd(Uint8Array.of(0, 0, 0, 0, 0), flashBytes), undefined, 'no length');
  assert.equal(firmwareEnd(Uint8Array.of(0, 0xff, 0xff, 0xff, 0x7f), flashBytes), undefined, 'longer than the flash');
  assert.equal(firmwareEnd(Uint8Array.of(0, 1), flashBytes), undefined);
});

function plan(regions: readonly FlashRegion[], firmware: number | undefined, sizeBytes = flashBytes, consent = noConsent): void {
  checkFlashPlan(flashMap(regions, sizeBytes, firmware), sizeBytes, consent);
}

function region(address: number, length: number, name = 'm.kmodel'): FlashRegion {
  return { address, bytes: new Uint8Array(length), name };
}

test('a plan is held against firmware, files, the end of the chip and itself', () => {
  plan([region(0x300000, 0x200000)], 0x2fffff);
  refused(() => plan([region(0x300000, 100)], 0x300001), 'K2-FLASH-OVERLAP', /firmware/u);
  plan([region(0x300000, 100)], 0x300001, flashBytes, { firmware: true, files: false });
  refused(() => plan([region(0xcff000, 0x1001)], undefined), 'K2-FLASH-OVERLAP', /files of \/flash/u);
  plan([region(0xcff000, 0x1000)], undefined);
  plan([region(0xd00000, 0x1000)], undefined, flashBytes, { firmware: false, files: true });
  refused(() => plan([region(0x700000, 0x100001)], undefined, 1 << 23), 'K2-FLASH-SIZE', /0x800000/u);
  plan([region(0x700000, 0x100000)], undefined, 1 << 23);
  refused(() => plan([region(0x301000, 5, 'b'), region(0x300000, 0x1001, 'a')], undefined), 'K2-FLASH-OVERLAP', /a \(up to .* b /u);
  refused(() => plan([region(0x300800, 5)], undefined), 'K2-FLASH-OVERLAP', /within a sector/u);
  plan([region(0, 0x310000, 'fw'), region(0x310000, 5)], 0x400000);
});
