import type { DeviceBus } from './processor';

/** Registers of one device, by offset from its base. */
export interface Device {
  load(offset: number): number;
  store(offset: number, value: number): void;
}

export interface K210Clocks {
  /** Register PLL0: factors minus one. */
  readonly pll0: number;
  /** Register clk_sel0. */
  readonly select0: number;
}

/** The clocks that the ROM may leave: the crystal alone, or 390 MHz from the PLL as firmware sees it. */
export const crystalClocks: K210Clocks = { pll0: 0, select0: 0 };
export const fastClocks: K210Clocks = { pll0: (1 << 10) | (59 << 4), select0: 1 | (1 << 3) };

export const crystalHz = 26_000_000;

const sysctl = { pll0: 0x08, select0: 0x20, central: 0x28, peripheral: 0x2c, softReset: 0x30, reset: 0x34, threshold1: 0x3c } as const;
const gate = { spi3: 1 << 9, uart3: 1 << 18, fpioa: 1 << 20, apb0: 1 << 3 } as const;

/** The system controller as far as the stub may use it. */
export class SystemController implements Device {
  softReset = false;
  private readonly values: Map<number, number>;
  private spiWasReset = false;

  constructor(clocks: K210Clocks) {
    this.values = new Map([[sysctl.pll0, clocks.pll0], [sysctl.select0, clocks.select0 | (1 << 12)], [sysctl.central, 0], [sysctl.peripheral, 0], [sysctl.reset, 0], [sysctl.threshold1, 0x05000000]]);
  }

  load(offset: number): number {
    const value = this.values.get(offset);
    if (value === undefined) throw new Error(`System controller register 0x${offset.toString(16)} is read.`);
    return value;
  }

  store(offset: number, value: number): void {
    if (offset === sysctl.softReset) {
      this.softReset = (value & 1) === 1;
      return;
    }
    if (!this.values.has(offset) || offset === sysctl.pll0) throw new Error(`System controller register 0x${offset.toString(16)} is written.`);
    if (offset === sysctl.select0 && ((value ^ (this.values.get(offset) ?? 0)) & ~(1 << 12)) !== 0) throw new Error('The clocks of the processor are changed.');
    if (offset === sysctl.reset && (value & gate.spi3) !== 0) this.spiWasReset = true;
    this.values.set(offset, value);
  }

  /** Clock of SPI3 before its own divider, in Hz. */
  spi3Hz(pll0Hz: number): number {
    const fromPll = ((this.values.get(sysctl.select0) ?? 0) & (1 << 12)) !== 0;
    const threshold = (this.values.get(sysctl.threshold1) ?? 0) >>> 24;
    return (fromPll ? pll0Hz / 2 : crystalHz) / ((threshold + 1) * 2);
  }

  /** @throws when the device has no clock or is in reset */
  checkUsable(device: 'spi3' | 'uart3' | 'fpioa'): void {
    const gates = this.values.get(sysctl.peripheral) ?? 0;
    if ((gates & gate[device]) === 0) throw new Error(`${device} is used without a clock.`);
    if (device !== 'spi3' && ((this.values.get(sysctl.central) ?? 0) & gate.apb0) === 0) throw new Error(`${device} is used without the clock of APB0.`);
    if (((this.values.get(sysctl.reset) ?? 0) & gate[device]) !== 0) throw new Error(`${device} is used during its reset.`);
    if (device === 'spi3' && !this.spiWasReset) throw new Error('spi3 is used before its reset.');
  }
}

/** Pin functions: only those of the serial line may be set. */
export class PinController implements Device {
  private static readonly expected = new Map([[0x10, 0x00900044], [0x14, 0x00001f45]]);

  load(offset: number): number {
    throw new Error(`FPIOA register 0x${offset.toString(16)} is read.`);
  }

  store(offset: number, value: number): void {
    if (PinController.expected.get(offset) !== value) throw new Error(`FPIOA register 0x${offset.toString(16)} is set to 0x${value.toString(16)}.`);
  }
}

/** Address ranges of the devices. */
export class K210Bus implements DeviceBus {
  constructor(
    private readonly system: SystemController,
    private readonly devices: { readonly uart3: Device; readonly spi3: Device; readonly fpioa: Device },
  ) {}

  load(address: number): number {
    const { device, offset } = this.find(address);
    return device.load(offset);
  }

  store(address: number, value: number): void {
    const { device, offset } = this.find(address);
    device.store(offset, value);
  }

  private find(address: number): { readonly device: Device; readonly offset: number } {
    const offset = address & 0xffff;
    switch (address - offset) {
      case 0x50440000: return { device: this.system, offset };
      case 0x502b0000: return { device: this.usable('fpioa'), offset };
      case 0x50230000: return { device: this.usable('uart3'), offset };
      case 0x54000000: return { device: this.usable('spi3'), offset };
      default: throw new Error(`The program uses the unknown device address 0x${address.toString(16)}.`);
    }
  }

  private usable(name: 'uart3' | 'spi3' | 'fpioa'): Device {
    this.system.checkUsable(name);
    return this.devices[name];
  }
}
