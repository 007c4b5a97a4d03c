import { CancelledError, UserError } from '../../base/user-error';
import { BoardError } from '../board-error';
import type { Clock } from '../clock';
import type { ChosenPort } from './choose-port';
import type { PortOwners } from './port-owners';
import type { Transport } from './transport';

/** How ports are reached; a test brings its own. */
export interface PortAccess {
  readonly owners: PortOwners;
  readonly clock: Clock;
  open(path: string, baudRate: number): Promise<Transport>;
}

/** Rate of boot ROM and firmware alike. */
const startBaudRate = 115200;
/** Another window's monitor gets this long to let go of the port. */
const claimWaitMs = 3000;

/**
 * Owns and opens the first port behind which a board answers, for the time of `work`. Ports after the first are tried only when what
 * came from the one before, if anything, was neither an answer nor text (k210-serial.md, sections 1.5 and 7); `work` is told which is
 * the last. The port is closed and given back in any case.
 * @throws BoardError K2-PORT-...; whatever `work` throws
 */
export async function withPort<T>(
  access: PortAccess, ports: readonly ChosenPort[], notice: (sentence: string) => void, signal: AbortSignal,
  work: (transport: Transport, chosen: ChosenPort, isLast: boolean) => Promise<T>,
): Promise<T> {
  for (const [index, chosen] of ports.entries()) {
    const next = ports[index + 1];
    try {
      return await withOnePort(access, chosen, signal, (transport) => work(transport, chosen, next === undefined));
    } catch (error) {
      if (next === undefined || !isOtherPortWorthTrying(error)) throw error;
      notice(`Nobody answers on ${chosen.path}; trying the board's other port ${next.path}.`);
    }
  }
  throw new BoardError('K2-PORT-MISSING', 'No port was chosen.', 'Name one with --port.');
}

async function withOnePort<T>(access: PortAccess, chosen: ChosenPort, signal: AbortSignal, work: (transport: Transport) => Promise<T>): Promise<T> {
  if (signal.aborted) throw new CancelledError('The upload');
  const claim = await access.owners.claim(chosen.path, { purpose: 'a deploy', waitMs: claimWaitMs, signal });
  try {
    const transport = await access.open(chosen.path, startBaudRate);
    try {
      return await work(transport);
    } finally {
      await transport.close();
    }
  } finally {
    await claim.release();
  }
}

function isOtherPortWorthTrying(error: unknown): boolean {
  return error instanceof UserError && error.details?.['isOtherPortWorthTrying'] === true;
}
