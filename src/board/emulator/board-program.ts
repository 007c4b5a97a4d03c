import type { Clock } from '../clock';
import type { NorFlash } from './nor-flash';

/** The serial line as a program on the board sees it: 8N1, no flow control. */
export interface BoardSerial {
  /** Bits per second that the board sends and expects. */
  readonly baudRate: number;
  /** Queues bytes; they leave one after the other at the board's rate. */
  send(bytes: Uint8Array): void;
  /** Resolves when everything queued has left. */
  drained(): Promise<void>;
  /** Takes effect at once, also for what is still queued. */
  setBaudRate(baudRate: number): void;
}

/** What programs on the board tell about their work; faults and tests follow it. */
export type BoardActivity = 'load' | 'erase' | 'program' | 'crc' | 'read';

/** What a program on the board can touch. */
export interface BoardMachine {
  readonly serial: BoardSerial;
  readonly clock: Clock;
  readonly flash: NorFlash;
  /** Main memory from address 0x80000000, 6 MiB and the KPU's 2 MiB. */
  readonly sram: Uint8Array;
  /** Aborted when the chip is reset or jumps elsewhere: the program is over and must touch nothing any more. */
  readonly signal: AbortSignal;
  /**
   * Lets the time pass that work takes on the chip; none where the board runs without simulated timing.
   * @throws CancelledError when the program is over
   */
  spend(durationMs: number): Promise<void>;
  /** Says that a piece of work begins now, before it has an effect. */
  announce(activity: BoardActivity): void;
  /** Ends this program and starts what lies at `entryAddress` of main memory. */
  jump(entryAddress: number): void;
  /** Soft reset through the system controller: boots as the pins say. */
  reset(): void;
}

/** A program while it runs. It ends by `machine.signal`. */
export interface RunningProgram {
  /** Called with received bytes in order; bytes that came at another rate are garbage already. */
  receive(bytes: Uint8Array): void;
}

/** Something that runs on the virtual board: the boot ROM, a flash stub, or the user's firmware. */
export interface BoardProgram {
  readonly name: string;
  start(machine: BoardMachine): RunningProgram;
}
