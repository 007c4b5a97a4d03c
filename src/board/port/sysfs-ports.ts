import { readFile, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { LibraryPort } from './serial-port-transport';

/** Serial devices that have something behind them; others (consoles, pseudo-terminals) are never a board's. */
const boardPorts = /^tty(USB|ACM|CH343USB|XRUSB)\d+$/u;
/** From the interface of the port up to the USB device. */
const stepsToDevice = 6;

/** Ports with their USB identity from Linux' /sys, for machines without udevadm. @param sysFolder `/sys`, or a test's */
export async function listSysfsPorts(sysFolder = '/sys'): Promise<LibraryPort[]> {
  const ports: LibraryPort[] = [];
  for (const name of (await readdir(path.join(sysFolder, 'class', 'tty')).catch(() => [])).filter((entry) => boardPorts.test(entry))) {
    const device = await realpath(path.join(sysFolder, 'class', 'tty', name, 'device')).catch(() => undefined);
    if (device !== undefined) ports.push({ path: `/dev/${name}`, ...(await usbFacts(device)) });
  }
  return ports.sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
}

async function usbFacts(device: string): Promise<Omit<LibraryPort, 'path'>> {
  let usbInterface: string | undefined;
  for (let folder = device, step = 0; step < stepsToDevice; folder = path.dirname(folder), step++) {
    usbInterface ??= await readLine(folder, 'bInterfaceNumber');
    const vendorId = await readLine(folder, 'idVendor');
    if (vendorId === undefined) continue;
    return {
      vendorId, productId: await readLine(folder, 'idProduct'), serialNumber: await readLine(folder, 'serial'), manufacturer: await readLine(folder, 'manufacturer'),
      pnpId: usbInterface === undefined ? undefined : `${await readLine(folder, 'product') ?? ''}-if${usbInterface}`, locationId: path.basename(folder),
    };
  }
  return {};
}

async function readLine(folder: string, name: string): Promise<string | undefined> {
  const text = await readFile(path.join(folder, name), 'utf8').catch(() => undefined);
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
