import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type * as vscode from 'vscode';
import type { BoardPort } from '../../../../src/board/port/list-ports';
import { BoardPorts } from '../../../../src/host/board/board-ports';
import { BoardRecords } from '../../../../src/host/board/board-records';
import { boardNodes } from '../../../../src/host/board/board-tree';
import { groupName, permissionFix, portPermission } from '../../../../src/host/board/port-access';
import { boardName, portDetails } from '../../../../src/host/board/port-words';
import { remotePlace } from '../../../../src/host/board/remote-hint';
import { withoutHome } from '../../../../src/host/deploy/deploy-report';
import { deployStrings } from '../../../../src/host/deploy/deploy-strings';
import { deployTaskArguments } from '../../../../src/host/tasks/deploy-task';
import { deployStringKeys } from '../../../../src/protocol/deploy-strings';

/** A memory of the editor that keeps values as they are. */
class PlainMemory {
  private readonly values = new Map<string, unknown>();

  get<T>(key: string, fallback?: T): T | undefined {
    return (this.values.get(key) as T | undefined) ?? fallback;
  }

  async update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
  }
}

const memory = (): vscode.Memento => new PlainMemory() as unknown as vscode.Memento;
const port = (change: Partial<BoardPort>): BoardPort => ({ path: '/dev/ttyUSB0', usbId: undefined, chip: undefined, product: undefined, serialNumber: undefined, position: undefined, otherPath: undefined, ...change });
const ch340 = { usbId: { vendorId: '1A86', productId: '7523' }, chip: { chip: 'CH340', likelyBoards: 'Maix Dock, Maix Bit (old)', profile: 'dan', ports: 1 } } as const;
const allowed = { kind: 'allowed' } as const;

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ports-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('the ports of a window', () => {
  test('are those of the machine and those that the user named, each once', async () => {
    const other = path.join(folder, 'virtual');
    await writeFile(other, '');
    const ports = new BoardPorts({ memory: memory(), list: () => Promise.resolve([port(ch340)]), virtualPort: () => undefined });
    await ports.addOther(other);
    await ports.addOther(other);
    await ports.addOther('/dev/ttyUSB0');
    assert.deepEqual(ports.entries.map(({ path: where, kind }) => [where, kind]), [['/dev/ttyUSB0', 'usb'], [other, 'other']]);
    await ports.removeOther(other);
    assert.equal(ports.entry(other), undefined);
    ports.dispose();
  });

  test('tell of a change once', async () => {
    let list: readonly BoardPort[] = [];
    const ports = new BoardPorts({ memory: memory(), list: () => Promise.resolve(list), virtualPort: () => undefined });
    let changes = 0;
    ports.onDidChange(() => changes++);
    await ports.refresh();
    await ports.refresh();
    list = [port(ch340)];
    await ports.refresh();
    assert.equal(changes, 2);
    ports.dispose();
  });

  test('are put together to boards', () => {
    const entry = (change: Partial<BoardPort>) => ({ path: change.path ?? '/dev/ttyUSB0', kind: 'usb' as const, port: port(change), key: '', permission: allowed });
    const [pair, single, ...none] = boardNodes([
      entry({ path: '/dev/ttyUSB0', position: 1, otherPath: '/dev/ttyUSB1' }), entry({ path: '/dev/ttyUSB1', position: 2, otherPath: '/dev/ttyUSB0' }), entry({ path: '/dev/ttyUSB2' }),
    ]);
    assert.deepEqual(pair?.kind === 'pair' && pair.ports.map(({ path: where }) => where), ['/dev/ttyUSB0', '/dev/ttyUSB1']);
    assert.equal(single?.kind, 'port');
    assert.deepEqual(none, []);
  });
});

describe('the words for a port', () => {
  const entry = { path: '/dev/ttyUSB0', kind: 'usb' as const, port: port(ch340), key: '/dev/ttyUSB0', permission: allowed };

  test('say "probably" until the board has answered', () => {
    assert.equal(boardName(entry, {}), 'Probably Maix Dock');
    assert.equal(portDetails(entry, {}), 'ttyUSB0, CH340 (1a86:7523), not asked yet');
    const record = { identity: { flashBytes: 1 << 24, firmware: 'MaixPy, MicroPython v1.12' } };
    assert.equal(boardName(entry, record), 'K210 board');
    assert.equal(portDetails(entry, record), 'ttyUSB0, CH340 (1a86:7523), answers as K210, MaixPy, MicroPython v1.12');
  });

  test('say who may open it', () => {
    assert.match(portDetails({ ...entry, permission: { kind: 'denied', group: 'dialout' } }, {}), /your user is not in the group dialout$/);
    assert.match(portDetails({ ...entry, permission: { kind: 'missing' } }, {}), /not there now$/);
  });
});

describe('the right to open a port', () => {
  test('is told without opening it', async () => {
    assert.deepEqual(await portPermission(path.join(folder, 'nothing')), { kind: 'missing' });
    const link = path.join(folder, 'link');
    await symlink(path.join(folder, 'gone'), link);
    assert.deepEqual(await portPermission(link), { kind: 'missing' });
  });

  test('comes with the group that the port belongs to', () => {
    const groups = 'root:x:0:\ndialout:x:20:ann\nuucp:x:986:\n';
    assert.equal(groupName(groups, 20), 'dialout');
    assert.equal(groupName(groups, 7), undefined);
    assert.equal(permissionFix(groupName(groups, 986)), 'sudo usermod -aG uucp "$USER"');
    assert.equal(permissionFix('root'), 'sudo usermod -aG dialout "$USER"');
  });
});

test('what a workspace knows of a board outlives the window, and what is unreadable is forgotten', async () => {
  const kept = memory();
  const records = new BoardRecords(kept);
  await records.noteIdentity('A1', { flashBytes: 1 << 24, firmwareEnd: 700_037, firmware: 'MaixPy' });
  await records.noteIdentity('A1', { flashBytes: 1 << 24, firmwareEnd: 700_037 });
  const again = new BoardRecords(kept);
  let told = 0;
  again.onDidChange(() => told++);
  await again.ready;
  assert.equal(told, 1);
  assert.deepEqual(again.of('A1').identity, { flashBytes: 1 << 24, firmwareEnd: 700_037, firmware: 'MaixPy' });
  await kept.update('boards', { A1: { identity: 7 } });
  const unreadable = new BoardRecords(kept);
  await unreadable.ready;
  assert.deepEqual(unreadable.of('A1'), {});
});

test('a window knows where its ports hang', () => {
  assert.deepEqual([undefined, 'ssh-remote', 'wsl', 'dev-container', 'attached-container', 'codespaces', '127.0.0.1:8080'].map(remotePlace), ['local', 'ssh', 'wsl', 'container', 'container', 'container', 'other']);
});

test('a report names no folder of a person', () => {
  assert.equal(withoutHome('port: /home/ann/board, flash', '/home/ann'), 'port: ~/board, flash');
  assert.equal(withoutHome('/home/ann: /home/ann-marie/board and /home/ann/a$&b', '/home/ann'), '~: /home/ann-marie/board and ~/a$&b');
  assert.equal(withoutHome('/', '/'), '/');
});

test('the page has a text for every key', () => assert.deepEqual(Object.keys(deployStrings()).sort(), [...deployStringKeys].sort()));

describe('the task "deploy"', () => {
  test('becomes arguments of the command line', () => {
    assert.deepEqual(deployTaskArguments({ type: 'mobilefacenet', task: 'deploy', file: 'face.kmodel', port: '/dev/ttyUSB0', address: '0x400000', baud: 921_600 }), [
      'deploy', 'face.kmodel', '--port', '/dev/ttyUSB0', '--address', '0x400000', '--baud', '921600',
    ]);
    assert.deepEqual(deployTaskArguments({ type: 'mobilefacenet', task: 'deploy', file: 'a.kmodel', path: '/sd/a.kmodel' }), ['deploy', 'a.kmodel', '--port', 'auto', '--path', '/sd/a.kmodel']);
  });
  test('is refused with the name of what is wrong', () => {
    assert.throws(() => deployTaskArguments({ type: 'mobilefacenet', task: 'deploy' }), /wrong "file"/);
    assert.throws(() => deployTaskArguments({ type: 'mobilefacenet', task: 'deploy', file: 'a', address: '0x1' }), /address 0x1/);
  });
});
