import { readdir } from 'node:fs/promises';
import { listLibraryPorts, type LibraryPort } from './serial-port-transport';
import { listSysfsPorts } from './sysfs-ports';
import { usbSerialChip, type UsbId, type UsbSerialChip } from './usb-boards';

/** A port of this machine, and what is probably behind it. */
export interface BoardPort {
  readonly path: string;
  readonly usbId: UsbId | undefined;
  /** Undefined for chips that no K210 board is known to have. */
  readonly chip: UsbSerialChip | undefined;
  readonly product: string | undefined;
  readonly serialNumber: string | undefined;
  /** Which of its board's ports it is, from 1, and the path of the other one. */
  readonly position: 1 | 2 | undefined;
  readonly otherPath: string | undefined;
}

/** A board as USB shows it: one port, or two of which one leads to the K210. */
export interface BoardCandidate {
  /** In the order in which they are worth trying. */
  readonly ports: readonly BoardPort[];
  readonly likely: boolean;
}

/** Ports of this machine with the names of boards, likely boards first. Nothing is opened. */
export async function listPorts(): Promise<BoardPort[]> {
  return describePorts(await rawPorts());
}

/** Adds names and pairs to a raw list; ports without a USB identity (built-in ones) come last. */
export function describePorts(raw: readonly LibraryPort[]): BoardPort[] {
  const plain = raw.filter(({ path }) => isUsable(path, raw)).map((port) => ({ port, usbId: usbIdOf(port) }));
  const described = plain.map(({ port, usbId }): BoardPort => {
    const chip = usbId && usbSerialChip(usbId);
    const mates = chip?.ports === 2 ? plain.filter((other) => deviceKey(other.port) === deviceKey(port)).map((other) => other.port).sort(byInterface) : [];
    const index = mates.length === 2 ? mates.indexOf(port) : -1;
    return {
      path: port.path, usbId, chip, product: productOf(port), serialNumber: port.serialNumber,
      position: index < 0 ? undefined : index === 0 ? 1 : 2, otherPath: index < 0 ? undefined : mates[1 - index]?.path,
    };
  });
  return described.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path, 'en', { numeric: true }));
}

/** Ports put together to boards, in the order of the list. */
export function groupBoards(ports: readonly BoardPort[]): BoardCandidate[] {
  return ports.filter(({ position }) => position !== 2).map((port) => {
    const other = ports.find(({ path }) => path === port.otherPath);
    // The debugger of a Maix Go has the K210 on its second port, those of other boards on the first.
    const both = other === undefined ? [port] : /(?:^|[^a-z])go(?:[^a-z]|$)/iu.test(port.product ?? '') ? [other, port] : [port, other];
    return { ports: both, likely: port.chip !== undefined };
  });
}

async function rawPorts(): Promise<readonly LibraryPort[]> {
  if (process.platform !== 'linux') return listLibraryPorts();
  // The library, a native one, and the program that it asks are left alone where nothing is plugged in.
  if (!(await readdir('/dev').catch(() => [])).some(isPluggedIn)) return [];
  try {
    return await listLibraryPorts();
  } catch {
    // The library asks udevadm, which containers often lack.
    return listSysfsPorts();
  }
}

/** Whether a name in Linux' /dev may be that of a serial port that is plugged in or paired: no console and no built-in port, of which Linux shows more than there are. */
export function isPluggedIn(name: string): boolean {
  return /^(?:tty(?!S\d+$)[A-Z]|rfcomm)/u.test(name);
}

/** macOS shows each port twice; `tty` waits for a carrier that no board has. Linux shows built-in ports that are not there. */
function isUsable(path: string, all: readonly LibraryPort[]): boolean {
  if (/^\/dev\/ttyS\d+$/u.test(path)) return false;
  return !(path.startsWith('/dev/tty.') && all.some((other) => other.path === path.replace('/dev/tty.', '/dev/cu.')));
}

function usbIdOf({ vendorId, productId }: LibraryPort): UsbId | undefined {
  if (vendorId === undefined || productId === undefined) return undefined;
  const digits = (text: string): string => text.replace(/^0x/iu, '').padStart(4, '0').toUpperCase();
  return { vendorId: digits(vendorId), productId: digits(productId) };
}

/** Ports of one device agree in it; systems that tell neither serial number nor place cannot be paired. */
function deviceKey({ vendorId, productId, serialNumber, locationId, path }: LibraryPort): string {
  if (serialNumber === undefined && locationId === undefined) return path;
  // Windows adds the letter of the interface to the serial number of FTDI's.
  return [vendorId, productId, serialNumber?.replace(/[AB]$/u, '') ?? locationId].join();
}

function byInterface(a: LibraryPort, b: LibraryPort): number {
  return interfaceOf(a) - interfaceOf(b) || a.path.localeCompare(b.path, 'en', { numeric: true });
}

/** `...-if00` (udev) or `...&MI_00` (Windows). */
function interfaceOf({ pnpId }: LibraryPort): number {
  return Number.parseInt(/(?:-if|MI_)(\d\d)/u.exec(pnpId ?? '')?.[1] ?? '0', 10);
}

function productOf({ pnpId, manufacturer }: LibraryPort): string | undefined {
  const text = [manufacturer, pnpId].filter((part) => part !== undefined && part !== '').join(' ');
  return text === '' ? undefined : text;
}

function rank({ chip, usbId }: BoardPort): number {
  return chip !== undefined ? 0 : usbId !== undefined ? 1 : 2;
}
