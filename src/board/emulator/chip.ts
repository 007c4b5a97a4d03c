import { CancelledError } from '../../base/user-error';
import type { Clock } from '../clock';
import type { BoardActivity, BoardMachine, BoardProgram, BoardSerial, RunningProgram } from './board-program';
import type { NorFlash } from './nor-flash';
import { romBaudRate, romIsp } from './rom-isp';
import type { SerialTiming } from './serial-wire';

/** Main memory and the KPU's. */
const memoryBytes = 8 << 20;

/** What the chip is connected to, and what it runs. */
export interface ChipSurroundings {
  readonly clock: Clock;
  readonly flash: NorFlash;
  readonly timing: SerialTiming;
  /** What starts from flash; undefined when the flash holds nothing that boots. */
  firmware(): BoardProgram | undefined;
  /** What a jump starts. */
  loaded(sram: Uint8Array, entryAddress: number): BoardProgram;
  /** Puts bytes on the line; `isReply` when ROM or stub sent them. */
  send(bytes: Uint8Array, isReply: boolean, signal: AbortSignal): void;
  drained(): Promise<void>;
  /** Called before the activity has an effect; may cut the power. */
  onActivity(activity: BoardActivity): void;
  onEvent(sentence: string): void;
}

interface Execution {
  readonly program: BoardProgram | undefined;
  readonly kind: ChipState;
  readonly abort: AbortController;
  running?: RunningProgram;
}

/** `off`: no power, or held in reset, or nothing to run. */
export type ChipState = 'off' | 'isp' | 'loaded' | 'firmware';

/** The K210 itself: memory, serial line, and one program at a time. */
export class Chip {
  readonly sram = new Uint8Array(memoryBytes);
  /** Rate of its serial line. */
  baudRate = romBaudRate;
  private execution: Execution = { program: undefined, kind: 'off', abort: new AbortController() };

  constructor(private readonly around: ChipSurroundings) {}

  get state(): ChipState {
    return this.execution.kind;
  }

  /** Leaves reset. @param from what IO16 says: low is `isp` */
  boot(from: 'isp' | 'flash'): void {
    this.baudRate = romBaudRate;
    if (from === 'isp') return this.start(romIsp, 'isp');
    const firmware = this.around.firmware();
    if (firmware !== undefined) return this.start(firmware, 'firmware');
    this.around.onEvent('The flash holds nothing that boots.');
    this.stop();
  }

  /** Ends what runs: power off, or reset held. */
  stop(): void {
    this.execution.abort.abort();
    this.execution = { program: undefined, kind: 'off', abort: new AbortController() };
  }

  receive(bytes: Uint8Array): void {
    this.execution.running?.receive(bytes);
  }

  private start(program: BoardProgram, kind: ChipState): void {
    this.stop();
    const execution: Execution = { program, kind, abort: new AbortController() };
    this.execution = execution;
    this.around.onEvent(`Runs the ${program.name}.`);
    const running = program.start(this.machine(execution));
    // A program may have ended itself while it started.
    if (!execution.abort.signal.aborted) execution.running = running;
  }

  private machine({ kind, abort: { signal } }: Execution): BoardMachine {
    const { around } = this;
    return {
      serial: this.serial(kind, signal),
      clock: around.clock,
      flash: around.flash,
      sram: this.sram,
      signal,
      spend: async (durationMs) => {
        if (around.timing === 'simulated') await around.clock.sleep(durationMs, signal);
        else await new Promise((resolve) => setImmediate(resolve));
        if (signal.aborted) throw new CancelledError('The program on the board');
      },
      announce: (activity) => {
        if (!signal.aborted) around.onActivity(activity);
      },
      jump: (entryAddress) => {
        if (!signal.aborted) this.start(around.loaded(this.sram, entryAddress), 'loaded');
      },
      reset: () => {
        if (!signal.aborted) this.boot('flash');
      },
    };
  }

  private serial(kind: ChipState, signal: AbortSignal): BoardSerial {
    const { around } = this;
    const rate = (): number => this.baudRate;
    return {
      get baudRate() {
        return rate();
      },
      send: (bytes) => {
        if (!signal.aborted) around.send(bytes, kind !== 'firmware', signal);
      },
      drained: () => around.drained(),
      setBaudRate: (baudRate) => {
        if (!signal.aborted) this.baudRate = baudRate;
      },
    };
  }
}
