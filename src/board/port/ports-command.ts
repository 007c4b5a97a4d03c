import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../../base/command';
import { portDescription } from './choose-port';
import { listPorts, type BoardPort } from './list-ports';
import { usbIdText } from './usb-boards';

/** Adds `ports`. */
export function registerPortsCommand(program: Command, run: CommandRunner): void {
  const command = program.command('ports').description('list serial ports and the boards that are probably behind them; nothing is opened');
  run(command, async () => describe(await listPorts()));
}

function describe(ports: readonly BoardPort[]): CommandResult {
  const result = {
    ports: ports.map(({ path, usbId, chip, product, serialNumber, position, otherPath }) => ({
      path, ...(usbId ? { usb: usbIdText(usbId) } : {}), ...(chip ? { chip: chip.chip, likelyBoards: chip.likelyBoards, profile: chip.profile } : {}),
      ...(product ? { product } : {}), ...(serialNumber ? { serialNumber } : {}), ...(position ? { position, otherPath } : {}),
    })),
  };
  const lines = ports.map((port) => `${port.path.padEnd(16)} ${port.position ? `port ${port.position}/2 of ` : ''}${portDescription(port)}${port.usbId ? ` [${usbIdText(port.usbId)}]` : ''}`);
  return { result, text: lines.length > 0 ? lines.join('\n') : 'No serial port was found. Plug the board in; some cables only charge.' };
}
