import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isPickleList, parsePickle, type PickleValue } from '../../../../src/dataset/sources/pickle';

const bytesOf = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

/** What Python's pickle.dumps wrote for ([b'\xff\xd8a\xff\xd9', b'\xff\xd8b\xff\xd9', b'\x89PNGc', the first again], [True, False]). */
const byPython: Readonly<Record<string, string>> = {
  'Python 3, protocol 2':
    'gAJdcQAoY19jb2RlY3MKZW5jb2RlCnEBWAkAAADDv8OYYcO/w5lxAlgGAAAAbGF0aW4xcQOGcQRScQVoAVgJAAAAw7/DmGLDv8OZcQZoA4ZxB1JxCGgBWAYAAADCiVBOR2NxCWgDhnEKUnELaAVlXXEMKIiJZYZxDS4=',
  'protocol 3': 'gANdcQAoQwX/2GH/2XEBQwX/2GL/2XECQwWJUE5HY3EDaAFlXXEEKIiJZYZxBS4=',
  'protocol 4': 'gASVJwAAAAAAAABdlChDBf/YYf/ZlEMF/9hi/9mUQwWJUE5HY5RoAWVdlCiIiWWGlC4=',
  'protocol 5': 'gAWVJwAAAAAAAABdlChDBf/YYf/ZlEMF/9hi/9mUQwWJUE5HY5RoAWVdlCiIiWWGlC4=',
};

function plain(value: PickleValue): unknown {
  if (isPickleList(value)) return value.items.map(plain);
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}

describe('pickle', () => {
  for (const [name, text] of Object.entries(byPython)) {
    it(`reads what Python wrote: ${name}`, () => {
      const jpeg = '\u00ff\u00d8a\u00ff\u00d9';
      assert.deepEqual(plain(parsePickle(bytesOf(text))), [[jpeg, '\u00ff\u00d8b\u00ff\u00d9', '\u0089PNGc', jpeg], [true, false]]);
    });
  }

  it('reads the strings of bytes of Python 2', () => {
    const value = parsePickle(bytesOf('gAJdcQAoVQT/2GHZcQFVBP/YYtlxAmVdcQOIYYZxBC4='));
    assert.deepEqual(plain(value), [['\u00ff\u00d8a\u00d9', '\u00ff\u00d8b\u00d9'], [true]]);
  });

  it('reads text, None and whole numbers of every length', () => {
    const program = Buffer.concat([Buffer.from([0x80, 4, 0x28, 0x4e, 0x4b, 200, 0x4d, 1, 2, 0x4a, 0xfe, 0xff, 0xff, 0xff, 0x8a, 3, 0, 0, 0x80, 0x8a, 0, 0x8c, 2]), Buffer.from('é'), Buffer.from('t.')]);
    assert.deepEqual(plain(parsePickle(program)), [null, 200, 513, -2, -8388608, 0, 'é']);
  });

  it('refuses by name what would call something', () => {
    const evil = ['gAJdcQBjX2NvZGVjcwplbmNvZGUKcQFYAQAAAHhxAlgGAAAAbGF0aW4xcQOGcQRScQVhXXEGY3Bvc2l4CnN5c3RlbQpxB1gHAAAAZWNobyBoaXEIhXEJUnEKYYZxCy4=', 'gASVLgAAAAAAAABdlEMBeJRhXZSMBXBvc2l4lIwGc3lzdGVtlJOUjAdlY2hvIGhplIWUUpRhhpQu'];
    for (const text of evil) assert.throws(() => parsePickle(bytesOf(text)), /asks for the Python object "posix.system"/);
  });

  it('refuses opcodes that are not data, by number and place', () => {
    // BUILD, PERSID, INST, dictionary, float
    for (const opcode of [0x62, 0x50, 0x69, 0x7d, 0x47]) {
      assert.throws(() => parsePickle(Uint8Array.of(0x80, 2, 0x4e, opcode, 0x2e)), new RegExp(`opcode 0x${opcode.toString(16)} at byte 3`));
    }
  });

  it('refuses wrong protocols, cut files and lengths beyond the end', () => {
    assert.throws(() => parsePickle(Buffer.from('(lp0\n.')), /no pickle of protocol 2/);
    assert.throws(() => parsePickle(Uint8Array.of(0x80, 9, 0x4e, 0x2e)), /protocol 9/);
    assert.throws(() => parsePickle(Uint8Array.of(0x80, 4, 0x8e, 255, 255, 255, 255, 255, 255, 255, 127)), /within a value/);
    const whole = bytesOf(byPython['protocol 4'] ?? '');
    for (let length = 0; length < whole.length; length++) assert.throws(() => parsePickle(whole.subarray(0, length)), Error, `${length} bytes`);
  });

  it('answers any bytes with a value or an error in words', () => {
    const opcodes = fc.constantFrom(0x28, 0x29, 0x5d, 0x61, 0x65, 0x74, 0x6c, 0x85, 0x86, 0x87, 0x71, 0x68, 0x94, 0x30, 0x52, 0x63, 0x93, 0x4e, 0x88, 0x43, 0x58, 0x2e, 0x8a);
    fc.assert(fc.property(fc.array(fc.oneof(opcodes, fc.nat(255)), { maxLength: 60 }), (program) => {
      try {
        parsePickle(Uint8Array.from([0x80, 4, ...program]));
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError), String(error));
      }
    }), { numRuns: 2000 });
  });
});
