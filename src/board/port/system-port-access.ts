import { boardFolder } from '../board-folder';
import { systemClock } from '../system-clock';
import { PortOwners } from './port-owners';
import { SerialPortTransport } from './serial-port-transport';
import type { PortAccess } from './with-port';

/** The serial ports of this machine, each owned by one command at a time among all windows and terminals. */
export function systemPortAccess(): PortAccess {
  return { owners: new PortOwners(boardFolder()), clock: systemClock, open: (path, baudRate) => SerialPortTransport.open(path, baudRate) };
}
