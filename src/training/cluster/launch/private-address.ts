import { BlockList, isIP, isIPv6 } from 'node:net';

/** Ranges that the Internet does not route: RFC 1918, 1122 (loopback), 3927 (link local), 6598 (shared, used by private overlays), 4193 and 4291. */
const privateRanges = new BlockList();
for (const [network, prefix] of [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['127.0.0.0', 8], ['169.254.0.0', 16], ['100.64.0.0', 10]] as const) {
  privateRanges.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [['fc00::', 7], ['fe80::', 10], ['::1', 128]] as const) privateRanges.addSubnet(network, prefix, 'ipv6');

/** Whether an IP address cannot be reached from the Internet. */
export function isPrivateAddress(address: string): boolean {
  return privateRanges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** 0.0.0.0 or ::, which stand for all addresses of a machine. */
export function isWildcardAddress(address: string): boolean {
  return isIP(address) > 0 && /^[0:.]+$/.test(address) && !/[1-9a-f]/i.test(address);
}

export interface HostAndPort {
  /** Name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Takes apart `host:port` or `[ipv6]:port`; undefined when it is neither. */
export function parseHostAndPort(text: string): HostAndPort | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) return undefined;
  return { host, port };
}
