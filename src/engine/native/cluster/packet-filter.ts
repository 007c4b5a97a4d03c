import { isIPv6 } from 'node:net';

/** Which connections a listening socket takes. */
export interface AcceptRule {
  /** IP address that they must be made to. */
  readonly listenOn: string;
  /** IP addresses that they may come from; absent: any. */
  readonly acceptFrom?: readonly string[] | undefined;
}

/** Opcodes of classic BPF (linux/bpf_common.h). */
const op = { loadByte: 0x30, loadWord: 0x20, shiftRight: 0x74, jumpEqual: 0x15, jump: 0x05, return: 0x06 } as const;
/** SKF_NET_OFF (linux/filter.h): what is added to it counts from the first byte of the IP header. */
const networkHeader = -0x100000;
const headers = {
  4: { source: 12, destination: 16, words: 1 },
  6: { source: 8, destination: 24, words: 4 },
} as const;
type Version = keyof typeof headers;
const accept = 0xffff_ffff;
const drop = 0;

interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

/**
 * A classic BPF program, struct sock_filter[], that passes the packets of a rule and drops all others. Attached to a listening TCP socket it judges the
 * first packet of a connection: one that it drops is as if nobody listened.
 */
export function packetFilter(rule: AcceptRule): Uint8Array {
  const program = [
    instruction(op.loadByte, networkHeader), instruction(op.shiftRight, 4),
    ...forVersion(4, rule), ...forVersion(6, rule), instruction(op.return, drop),
  ];
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, ifTrue, ifFalse, value }, i) => {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(ifTrue, i * 8 + 2);
    bytes.writeUInt8(ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, i * 8 + 4);
  });
  return bytes;
}

/** What follows when the accumulator holds `version`; otherwise it is stepped over. */
function forVersion(version: Version, { listenOn, acceptFrom }: AcceptRule): Instruction[] {
  const { source, destination, words } = headers[version];
  const own = wordsOf(listenOn, version);
  const body = own === undefined ? [] : [
    ...own.flatMap((word, i) => [instruction(op.loadWord, networkHeader + destination + 4 * i), instruction(op.jumpEqual, word, 1, 0), instruction(op.return, drop)]),
    ...(acceptFrom === undefined ? [instruction(op.return, accept)] : acceptFrom.flatMap((address) => {
      const peer = wordsOf(address, version);
      // A word that differs leads to the next address.
      return peer === undefined ? [] : [
        ...peer.flatMap((word, i) => [instruction(op.loadWord, networkHeader + source + 4 * i), instruction(op.jumpEqual, word, 0, 2 * (words - 1 - i) + 1)]),
        instruction(op.return, accept),
      ];
    })),
  ];
  const end = instruction(op.return, drop);
  return [instruction(op.jumpEqual, version, 1, 0), instruction(op.jump, body.length + 1), ...body, end];
}

function instruction(code: number, value: number, ifTrue = 0, ifFalse = 0): Instruction {
  return { code, value, ifTrue, ifFalse };
}

/** An address as big-endian words; undefined when it is of the other version. */
function wordsOf(address: string, version: Version): number[] | undefined {
  if (isIPv6(address) !== (version === 6)) return undefined;
  const bytes = version === 4 ? address.split('.').map(Number) : ipv6Bytes(address);
  return Array.from({ length: headers[version].words }, (_, i) => bytes.slice(4 * i, 4 * i + 4).reduce((word, byte) => word * 256 + byte, 0));
}

function ipv6Bytes(address: string): number[] {
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  }));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  const groups = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return groups.flatMap((group) => [group >> 8, group & 255]);
}
