import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { BoardError } from '../../../../src/board/board-error';
import { choosePorts } from '../../../../src/board/port/choose-port';
import { describePorts, groupBoards, isPluggedIn } from '../../../../src/board/port/list-ports';
import { profileOrder, resetProfileNames } from '../../../../src/board/port/reset-profiles';
import { listSysfsPorts } from '../../../../src/board/port/sysfs-ports';
import { usbSerialChip } from '../../../../src/board/port/usb-boards';

const dock = { path: '/dev/ttyUSB2', vendorId: '1a86', productId: '7523', locationId: '1-3' };
const bit = [0, 1].map((index) => ({
  path: `/dev/ttyUSB${index}`, vendorId: '0403', productId: '6010', serialNumber: '12345678AB', manufacturer: 'Kongou Hikari', pnpId: `usb-Kongou_Hikari_Sipeed-Debug_12345678AB-if0${index}-port0`,
}));
const [first, second] = bit as [typeof bit[0] & object, typeof bit[0] & object];

test('consoles and built-in ports are not plugged in', () => {
  const names = ['ttyUSB0', 'ttyACM12', 'ttyCH343USB0', 'ttyXRUSB1', 'ttyAMA0', 'ttyO1', 'ttyWCH2', 'rfcomm0', 'tty', 'tty1', 'ttyS0', 'ttyS31', 'ttyprintk', 'null', 'ptmx'];
  assert.deepEqual(names.filter(isPluggedIn), ['ttyUSB0', 'ttyACM12', 'ttyCH343USB0', 'ttyXRUSB1', 'ttyAMA0', 'ttyO1', 'ttyWCH2', 'rfcomm0']);
});

test('USB identities say which chip it is and which wiring to try first', () => {
  const seen = ['1A86:7523', '1A86:55D4', '0403:6010', '0403:6001', 'C251:F001', '10C4:EA60', '067B:2303'].map((id) => {
    const [vendorId = '', productId = ''] = id.split(':');
    const chip = usbSerialChip({ vendorId, productId });
    return [id, chip?.profile, chip?.ports];
  });
  assert.deepEqual(seen, [
    ['1A86:7523', 'dan', 1], ['1A86:55D4', 'dan', 1], ['0403:6010', 'kd233', 2], ['0403:6001', 'kd233', 1], ['C251:F001', 'goD', 1], ['10C4:EA60', 'kd233', 1], ['067B:2303', 'dan', 1],
  ]);
  assert.equal(usbSerialChip({ vendorId: '2341', productId: '0043' }), undefined);
});

test('the two ports of one board belong together, in the order of their interfaces', () => {
  const ports = describePorts([second, dock, first]);
  assert.deepEqual(ports.map(({ path: port, position, otherPath }) => [port, position, otherPath]), [
    ['/dev/ttyUSB0', 1, '/dev/ttyUSB1'], ['/dev/ttyUSB1', 2, '/dev/ttyUSB0'], ['/dev/ttyUSB2', undefined, undefined],
  ]);
  assert.deepEqual(groupBoards(ports).map((board) => board.ports.map((port) => port.path)), [['/dev/ttyUSB0', '/dev/ttyUSB1'], ['/dev/ttyUSB2']]);
});

test('the K210 of a Maix Go is on the second port', () => {
  const go = bit.map((port) => ({ ...port, manufacturer: 'Sipeed', pnpId: port.pnpId.replace('Kongou_Hikari_Sipeed-Debug', 'Maix Go') }));
  assert.deepEqual(groupBoards(describePorts(go)).map((board) => board.ports.map((port) => port.path)), [['/dev/ttyUSB1', '/dev/ttyUSB0']]);
});

test('two boards of one kind are not mixed up', () => {
  const other = bit.map((port, index) => ({ ...port, path: `/dev/ttyUSB${index + 4}`, serialNumber: 'FF' }));
  assert.deepEqual(groupBoards(describePorts([...bit, ...other])).map((board) => board.ports.map((port) => port.path)), [['/dev/ttyUSB0', '/dev/ttyUSB1'], ['/dev/ttyUSB4', '/dev/ttyUSB5']]);
});

test('Windows gives each port of an FT2232 a serial number of its own', () => {
  const windows = ['A', 'B'].map((letter, index) => ({ path: `COM${12 + index}`, vendorId: '0403', productId: '6010', serialNumber: `FT4${letter}`, pnpId: `FTDIBUS\\VID_0403+PID_6010+FT4${letter}` }));
  assert.deepEqual(groupBoards(describePorts(windows)).map((board) => board.ports.map((port) => port.path)), [['COM12', 'COM13']]);
});

test('macOS shows each port twice and Linux some that are not there; boards come first', () => {
  const raw = ['/dev/tty.Bluetooth', '/dev/ttyS0', '/dev/tty.usbserial-1', '/dev/cu.usbserial-1'].map((port) => ({ path: port }));
  assert.deepEqual(describePorts([...raw, dock]).map((port) => port.path), ['/dev/ttyUSB2', '/dev/cu.usbserial-1', '/dev/tty.Bluetooth']);
});

test('what worked last is tried first, then what the chip suggests, and every wiring is tried', () => {
  assert.deepEqual(profileOrder(undefined, undefined), ['dan', 'kd233', 'goD', 'kd233']);
  assert.deepEqual(profileOrder(undefined, 'kd233'), ['kd233', 'dan', 'goD', 'kd233']);
  assert.deepEqual(profileOrder('goD', 'kd233'), ['goD', 'kd233', 'dan', 'kd233']);
  for (const last of resetProfileNames) for (const hint of resetProfileNames) assert.deepEqual([...new Set(profileOrder(last, hint))].sort(), [...resetProfileNames].sort());
});

test('without udevadm the list comes from /sys', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sysfs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const device = path.join(folder, 'devices', 'usb1', '1-3');
  await mkdir(path.join(device, '1-3:1.1', 'ttyUSB7'), { recursive: true });
  await mkdir(path.join(folder, 'class', 'tty', 'ttyUSB7'), { recursive: true });
  await mkdir(path.join(folder, 'class', 'tty', 'tty0'), { recursive: true });
  await mkdir(path.join(folder, 'class', 'tty', 'ttyUSB9'), { recursive: true });
  await symlink(path.join(device, '1-3:1.1', 'ttyUSB7'), path.join(folder, 'class', 'tty', 'ttyUSB7', 'device'));
  const facts: Readonly<Record<string, string>> = { idVendor: '0403', idProduct: '6010', serial: 'AB12', product: 'Sipeed-Debug', manufacturer: 'Kongou Hikari' };
  for (const [name, value] of Object.entries(facts)) await writeFile(path.join(device, name), `${value}\n`);
  await writeFile(path.join(device, '1-3:1.1', 'bInterfaceNumber'), '01\n');
  assert.deepEqual(await listSysfsPorts(folder), [
    { path: '/dev/ttyUSB7', vendorId: '0403', productId: '6010', serialNumber: 'AB12', manufacturer: 'Kongou Hikari', pnpId: 'Sipeed-Debug-if01', locationId: '1-3' },
  ]);
  assert.deepEqual(await listSysfsPorts(path.join(folder, 'nowhere')), []);
});

async function refused(action: Promise<unknown>, reason: RegExp): Promise<void> {
  await assert.rejects(action, (error: unknown) => error instanceof BoardError && error.code === 'K2-PORT-MISSING' && reason.test(error.message + error.action));
}

test('a port is used only when the user chose it', async () => {
  const ports = describePorts([...bit]);
  assert.deepEqual((await choosePorts('/dev/ttyUSB1', ports)).map((chosen) => [chosen.path, chosen.port?.position]), [['/dev/ttyUSB1', 2]]);
  assert.deepEqual((await choosePorts('/dev/pts/7', ports)).map((chosen) => [chosen.path, chosen.port]), [['/dev/pts/7', undefined]]);
  assert.deepEqual((await choosePorts('auto', ports)).map((chosen) => chosen.path), ['/dev/ttyUSB0', '/dev/ttyUSB1']);
  await refused(choosePorts(undefined, ports), /--port \/dev\/ttyUSB0/u);
  await refused(choosePorts(undefined, ports, () => Promise.resolve(false)), /No port was chosen/u);
  assert.equal((await choosePorts(undefined, ports, () => Promise.resolve(true))).length, 2);
  await refused(choosePorts('auto', describePorts([...bit, dock])), /2 boards/u);
  await refused(choosePorts('auto', []), /No serial port/u);
});
