import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packetFilter } from '../../../src/engine/native/cluster/packet-filter';

/** An IP header with these addresses. */
function packet(source: readonly number[], destination: readonly number[]): Uint8Array {
  const isV6 = source.length === 16;
  const header = new Uint8Array(40);
  header[0] = isV6 ? 0x60 : 0x45;
  header.set(source, isV6 ? 8 : 12);
  header.set(destination, isV6 ? 24 : 16);
  return header;
}

/** Runs a program as the kernel does (Documentation/networking/filter.rst). @returns whether the packet passes */
function passes(program: Uint8Array, header: Uint8Array): boolean {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = new DataView(header.buffer);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const [op, ifTrue, ifFalse, value] = [code.getUint16(at * 8, true), code.getUint8(at * 8 + 2), code.getUint8(at * 8 + 3), code.getUint32(at * 8 + 4, true)];
    const place = (value + 0x100000) >>> 0;
    if (op === 0x30) accumulator = data.getUint8(place);
    else if (op === 0x20) accumulator = data.getUint32(place);
    else if (op === 0x74) accumulator >>>= value;
    else if (op === 0x15) at += accumulator === value ? ifTrue : ifFalse;
    else if (op === 0x05) at += value;
    else if (op === 0x06) return value > 0;
    else throw new Error(`Opcode ${op}`);
  }
}

const loopback6 = [...new Array<number>(15).fill(0), 1];
const unique6 = [0xfd, 0x12, ...new Array<number>(13).fill(0), 7];

test('only connections to the own address and from the given ones pass', () => {
  const program = packetFilter({ listenOn: '10.0.0.1', acceptFrom: ['10.0.0.1', '10.0.0.2', 'fd12::7'] });
  assert.equal(passes(program, packet([10, 0, 0, 2], [10, 0, 0, 1])), true);
  assert.equal(passes(program, packet([10, 0, 0, 1], [10, 0, 0, 1])), true);
  assert.equal(passes(program, packet([10, 0, 0, 3], [10, 0, 0, 1])), false);
  assert.equal(passes(program, packet([10, 0, 0, 2], [192, 168, 0, 1])), false);
  assert.equal(passes(program, packet([10, 0, 0, 2], [127, 0, 0, 1])), false);
  assert.equal(passes(program, packet(unique6, loopback6)), false);
});

test('IPv6 addresses are compared whole', () => {
  const program = packetFilter({ listenOn: 'fd12::7', acceptFrom: ['fd12::8', 'fd12:0:0:1::7', '::ffff:10.0.0.1', 'fd12::7'] });
  assert.equal(passes(program, packet(unique6, unique6)), true);
  assert.equal(passes(program, packet([...unique6.slice(0, 15), 8], unique6)), true);
  assert.equal(passes(program, packet([...unique6.slice(0, 15), 9], unique6)), false);
  assert.equal(passes(program, packet([...unique6.slice(0, 7), 1, ...unique6.slice(8)], unique6)), true);
  assert.equal(passes(program, packet([...new Array<number>(10).fill(0), 255, 255, 10, 0, 0, 1], unique6)), true);
  assert.equal(passes(program, packet(unique6, loopback6)), false);
  assert.equal(passes(program, packet([10, 0, 0, 2], [10, 0, 0, 1])), false);
});

test('without given sources every connection to the own address passes, however many sources would be longer than a jump', () => {
  assert.equal(passes(packetFilter({ listenOn: '127.0.0.1' }), packet([8, 8, 8, 8], [127, 0, 0, 1])), true);
  const sources = Array.from({ length: 600 }, (_, i) => `fd12::${i.toString(16)}`);
  const program = packetFilter({ listenOn: 'fd12::7', acceptFrom: [...sources, '10.0.0.1'] });
  assert.equal(passes(program, packet([...unique6.slice(0, 14), 2, 0x57], unique6)), true);
  assert.equal(passes(program, packet([...unique6.slice(0, 14), 2, 0x58], unique6)), false);
});
