import type { NorFlash } from '../../../src/board/emulator/nor-flash';
import { crystalHz, fastClocks, K210Bus, PinController, SystemController, type K210Clocks } from './k210-devices';
import { Processor } from './processor';
import { Spi3Model } from './spi3-model';
import { Uart3Model, type ArrivalPace } from './uart3-model';

export interface K210MachineOptions {
  readonly code: Uint8Array;
  readonly flash: NorFlash;
  readonly clocks?: K210Clocks;
  readonly pace?: ArrivalPace;
  readonly hartId?: number;
  /** How much faster than real the flash's waits pass, so that tests do not poll for millions of instructions. Default 50. */
  readonly flashHaste?: number;
}

const memoryBase = 0x80000000;
const memoryBytes = 1 << 20;
/** Up to here every NOR flash reads without dummy cycles. */
const flashLimitHz = 20_000_000;
/** Cycles of an access to a device at half the processor's clock, guessed high. */
const deviceCycles = 12;
const instructionLimit = 400_000_000;

/** A K210 that executes machine code: one hart, memory, and the devices of a flash stub. */
export class K210Machine {
  readonly processor: Processor;
  readonly uart: Uart3Model;
  private readonly system: SystemController;
  private idle = false;
  private lastFlashCycles = 0;

  constructor(private readonly options: K210MachineOptions) {
    const clocks = options.clocks ?? fastClocks;
    const rates = clockRates(clocks);
    const memory = new Uint8Array(memoryBytes);
    // What lies behind the code is not zero on a real board.
    memory.fill(0xa5);
    memory.set(options.code);
    this.system = new SystemController(clocks);
    this.uart = new Uart3Model({
      ...rates,
      cycles: () => this.processor.cycles,
      onIdle: () => {
        this.idle = true;
        this.processor.stopRequested = true;
      },
    }, options.pace ?? 'ready');
    const spi3 = new Spi3Model({ flash: options.flash, elapseBits: (bits, divider) => this.elapse(bits / this.flashHz(divider, rates.pll0Hz), rates.aclkHz) });
    this.processor = new Processor({
      memoryBase, memory, codeBytes: options.code.length, hartId: options.hartId ?? 0, deviceCycles,
      devices: new K210Bus(this.system, { uart3: this.uart, spi3, fpioa: new PinController() }),
    });
  }

  /** Whether the program asked for a reset of the chip. */
  get wasReset(): boolean {
    return this.system.softReset;
  }

  /** Sends `bytes` and runs until the program waits for more. @returns what it sent meanwhile */
  exchange(bytes: Uint8Array): Uint8Array {
    this.uart.receive(bytes);
    this.runUntilIdle();
    return Uint8Array.from(this.uart.sent.splice(0));
  }

  /** @throws when the program does what it must not, or does not come to rest */
  runUntilIdle(): void {
    this.idle = false;
    let done = 0;
    while (!this.idle && !this.wasReset) {
      done += this.processor.run(10_000);
      if (done > instructionLimit) throw new Error('The program does not come to rest.');
    }
  }

  private flashHz(divider: number, pll0Hz: number): number {
    const hz = this.system.spi3Hz(pll0Hz) / divider;
    if (hz > flashLimitHz) throw new Error(`The flash is clocked with ${hz} Hz.`);
    return hz;
  }

  private elapse(seconds: number, aclkHz: number): void {
    const haste = this.options.flashHaste ?? 50;
    this.processor.cycles += Math.round(seconds * aclkHz * haste);
    const cycles = this.processor.cycles - this.lastFlashCycles;
    this.lastFlashCycles = this.processor.cycles;
    this.options.flash.elapse((cycles * 1000) / aclkHz);
  }
}

export function clockRates({ pll0, select0 }: K210Clocks): { readonly pll0Hz: number; readonly aclkHz: number; readonly apb0Hz: number } {
  const pll0Hz = (crystalHz / ((pll0 & 15) + 1) * (((pll0 >> 4) & 63) + 1)) / (((pll0 >> 10) & 15) + 1);
  const aclkHz = (select0 & 1) === 0 ? crystalHz : pll0Hz / (2 << ((select0 >> 1) & 3));
  return { pll0Hz, aclkHz, apb0Hz: aclkHz / (((select0 >> 3) & 7) + 1) };
}
