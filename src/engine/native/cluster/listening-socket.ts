import { readdirSync, readlinkSync } from 'node:fs';
import { address as addressOf, load } from 'koffi';
import { packetFilter, type AcceptRule } from './packet-filter';

/** asm-generic/socket.h */
const socketLevel = 1;
const attachFilter = 26;

/** Descriptors of this process's sockets. Linux only. */
export function openSockets(): number[] {
  return readdirSync('/proc/self/fd').map(Number).filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:');
    } catch {
      // The descriptor of the folder itself is closed by now.
      return false;
    }
  });
}

/** Port that a socket is bound to; undefined when it is no IP socket. */
export function boundPort(descriptor: number): number | undefined {
  const name = Buffer.alloc(128);
  const sizeBytes = Uint32Array.of(name.length);
  const getsockname = load(null).func('int getsockname(int socket, void *name, uint32_t *size)') as (socket: number, name: Buffer, size: Uint32Array) => number;
  if (getsockname(descriptor, name, sizeBytes) !== 0) return undefined;
  const family = name.readUInt16LE(0);
  return family === 2 || family === 10 ? name.readUInt16BE(2) : undefined;
}

/** Lets a listening socket take only the connections of `rule`, now and for as long as it is open. @throws Error when the system refuses */
export function restrictListener(descriptor: number, rule: AcceptRule): void {
  const program = packetFilter(rule);
  // struct sock_fprog: count, then the pointer.
  const described = Buffer.alloc(16);
  described.writeUInt16LE(program.length / 8, 0);
  described.writeBigUInt64LE(BigInt(addressOf(program)), 8);
  const setsockopt = load(null).func('int setsockopt(int socket, int level, int option, const void *value, uint32_t size)') as
    (socket: number, level: number, option: number, value: Buffer, size: number) => number;
  if (setsockopt(descriptor, socketLevel, attachFilter, described, described.length) !== 0) {
    throw new Error(`The system refuses a filter on the listening socket ${descriptor}`);
  }
}
