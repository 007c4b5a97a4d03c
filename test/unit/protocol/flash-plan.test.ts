import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDeployEvent } from '../../../src/protocol/deploy-events';
import { flashAddressText, parseFlashAddress } from '../../../src/protocol/flash-address';
import { judgePlacement, regionEnd } from '../../../src/protocol/flash-plan';

const flashBytes = 16 << 20;

describe('a flash address', () => {
  test('is hexadecimal, decimal or in mebibytes, and whole sectors', () => {
    assert.deepEqual(['0x300000', '3145728', '3M', '0'].map(parseFlashAddress), [0x300000, 0x300000, 0x300000, 0]);
    assert.deepEqual(['', '0x', '0x300001', '16M', '-1', '0x1000000', '3 M', 'face'].map(parseFlashAddress), Array.from({ length: 8 }, () => undefined));
  });
  test('is written with six digits in capitals', () => assert.equal(flashAddressText(0xabc000), '0xABC000'));
});

describe('the place of a model', () => {
  const facts = { flashBytes, firmwareEnd: 0x1f4321 };

  test('is free between the firmware and the files of /flash', () => {
    assert.deepEqual(judgePlacement({ address: 0x300000, bytes: 861_248 }, facts), { kind: 'free', lowest: 0x1f5000, highest: 0xd00000 - 0xd3000 });
    assert.equal(judgePlacement({ address: 0x1f5000, bytes: 4096 }, facts).kind, 'free');
    assert.equal(judgePlacement({ address: 0xd00000 - 4096, bytes: 4096 }, facts).kind, 'free');
  });

  test('would cost a part of the firmware, and another is offered', () => {
    assert.deepEqual(judgePlacement({ address: 0x180000, bytes: 861_248 }, facts), { kind: 'firmware', lostBytes: 0x1f4321 - 0x180000, free: 0x300000 });
    assert.deepEqual(judgePlacement({ address: 0x100000, bytes: 4096 }, facts), { kind: 'firmware', lostBytes: 4096, free: 0x300000 });
  });

  test('reaches into the files, or behind the end', () => {
    assert.deepEqual(judgePlacement({ address: 0xcff000, bytes: 8192 }, facts), { kind: 'files', lostBytes: 4096, free: 0x300000 });
    assert.deepEqual(judgePlacement({ address: 0xffe000, bytes: 12_288 }, facts), { kind: 'end', lostBytes: 4096, free: 0x300000 });
    assert.deepEqual(judgePlacement({ address: 0x700000, bytes: 2 << 20 }, { flashBytes: 8 << 20, firmwareEnd: 0x10000 }), { kind: 'end', lostBytes: 1 << 20, free: 0x300000 });
  });

  test('is the first free one where a large firmware has the usual place', () => {
    assert.equal((judgePlacement({ address: 0x1000, bytes: 4096 }, { flashBytes, firmwareEnd: 0x340001 }) as { free: number }).free, 0x341000);
  });

  test('does not exist for what is larger than the room', () => {
    assert.deepEqual(judgePlacement({ address: 0x300000, bytes: 12 << 20 }, facts), { kind: 'files', lostBytes: 0x200000, free: undefined });
  });

  test('ends with a whole sector', () => assert.equal(regionEnd({ address: 0x300000, bytes: 1 }), 0x301000));
});

test('lines of stderr are events only when they are whole and known', () => {
  assert.deepEqual(parseDeployEvent('{"event":"step","ms":3,"step":"upload","state":"write"}'), { event: 'step', ms: 3, step: 'upload', state: 'write' });
  for (const line of ['{"event":"step","ms":3,"step":"upl', '{"event":"dance","ms":3}', 'Writing  1 of 2 MB', '{"error":"no"}']) assert.equal(parseDeployEvent(line), undefined, line);
});
