import { realpath } from 'node:fs/promises';
import { BoardError } from '../board-error';
import { groupBoards, type BoardPort } from './list-ports';

/** A port that the user agreed to. */
export interface ChosenPort {
  readonly path: string;
  /** Undefined for paths that the list does not have, as pseudo-terminals. */
  readonly port: BoardPort | undefined;
}

/** For `--port`: the one board that is plugged in, whatever its port is called. */
export const automaticPort = 'auto';

/**
 * The ports to try, in this order. More than one only for `auto` and a board that shows two.
 * @param wish path, `auto`, or undefined: then the user is asked about the only one
 * @param confirm asks the user; absent where nobody can answer
 * @throws BoardError K2-PORT-MISSING naming the ports that there are
 */
export async function choosePorts(wish: string | undefined, ports: readonly BoardPort[], confirm?: (question: string) => Promise<boolean>): Promise<ChosenPort[]> {
  if (wish !== undefined && wish !== automaticPort) return [{ path: wish, port: await findPort(wish, ports) }];
  const boards = groupBoards(ports);
  const likely = boards.filter((board) => board.likely);
  const [only] = likely.length > 0 ? likely : boards;
  const count = likely.length > 0 ? likely.length : boards.length;
  if (only === undefined) throw new BoardError('K2-PORT-MISSING', 'No serial port was found.', 'Plug the board in (some cables only charge), or name the port with --port.');
  if (count > 1) throw new BoardError('K2-PORT-MISSING', `There are ${count} boards: ${ports.map(({ path }) => path).join(', ')}.`, 'Name the port of one with --port.');
  const chosen = only.ports.map((port) => ({ path: port.path, port }));
  if (wish === automaticPort) return chosen;
  const names = chosen.map(({ path }) => path).join(' and ');
  if (confirm !== undefined && (await confirm(`Use ${names} (${portDescription(chosen[0]?.port)})?`))) return chosen;
  throw new BoardError('K2-PORT-MISSING', `No port was chosen; there is ${names}.`, `Add --port ${chosen[0]?.path ?? automaticPort}, or --port auto for the only board.`);
}

/** What a port probably is, for people. */
export function portDescription(port: BoardPort | undefined): string {
  if (port === undefined) return 'unknown';
  const { chip, usbId } = port;
  if (chip !== undefined) return `${chip.chip}, probably ${chip.likelyBoards}`;
  return usbId === undefined ? 'no USB device' : `USB ${usbId.vendorId}:${usbId.productId}, not known from K210 boards`;
}

async function findPort(wish: string, ports: readonly BoardPort[]): Promise<BoardPort | undefined> {
  const device = await realpath(wish).catch(() => wish);
  return ports.find(({ path }) => path === wish || path === device);
}
