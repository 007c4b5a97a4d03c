import type { NorFlash } from '../../../src/board/emulator/nor-flash';
import type { Device } from './k210-devices';

const register = { control0: 0x00, control1: 0x04, enable: 0x08, slaveEnable: 0x10, baudRate: 0x14, receiveLevel: 0x24, status: 0x28, interruptMask: 0x2c, data: 0x60 } as const;
const fifoEntries = 32;
const sendOnly = 1;
const sendThenReceive = 3;

/** What the SPI model needs of its machine. */
export interface SpiSurroundings {
  readonly flash: NorFlash;
  /** Lets the processor's time pass for bits on the wire, and the flash's with it. @param divider of SPI3's clock */
  elapseBits(bits: number, divider: number): void;
}

/**
 * SPI3 with the flash on its chip select, as strict as the real controller is unforgiving: it is set up while disabled, chip select lasts
 * as long as the transmit FIFO holds something, and nothing goes beyond the 32 entries of a FIFO.
 */
export class Spi3Model implements Device {
  private enabled = false;
  private selected = false;
  private control0 = 0;
  private receiveCount = 1;
  private divider = 0;
  private readonly transmit: number[] = [];
  private readonly received: number[] = [];
  /** Looks at status or level that still see the transfer running. */
  private pendingLooks = 0;

  constructor(private readonly around: SpiSurroundings) {}

  load(offset: number): number {
    switch (offset) {
      case register.receiveLevel: return this.looksFinished() ? this.received.length : 0;
      case register.status: return this.looksFinished() ? 0x04 | 0x02 : 0x01 | 0x02;
      case register.data: return this.takeReceived();
      default: throw new Error(`SPI3 register 0x${offset.toString(16)} is read.`);
    }
  }

  store(offset: number, value: number): void {
    const needsDisabled = offset === register.control0 || offset === register.control1 || offset === register.baudRate || offset === register.interruptMask;
    if (needsDisabled && this.enabled) throw new Error(`SPI3 register 0x${offset.toString(16)} is written while SPI3 is enabled.`);
    switch (offset) {
      case register.control0: this.control0 = value; return;
      case register.control1: this.receiveCount = value + 1; return;
      case register.baudRate: this.divider = value; return;
      case register.enable: return this.setEnabled(value === 1);
      case register.slaveEnable: return this.select(value);
      case register.data: return this.push(value);
      case register.interruptMask:
        if (value !== 0) throw new Error('SPI3 interrupts are enabled.');
        return;
      default: throw new Error(`SPI3 register 0x${offset.toString(16)} is written.`);
    }
  }

  private setEnabled(enabled: boolean): void {
    if (!enabled && this.received.length > 0) throw new Error('SPI3 is disabled with bytes in its receive FIFO.');
    if (!enabled && this.selected) throw new Error('SPI3 is disabled during chip select.');
    this.enabled = enabled;
    this.transmit.length = 0;
  }

  private push(value: number): void {
    if (!this.enabled) throw new Error('SPI3 data is written while SPI3 is disabled.');
    if (this.selected) throw new Error('SPI3 data is written after the start: chip select may have dropped.');
    if (this.transmit.length === fifoEntries) throw new Error('The transmit FIFO of SPI3 overflows.');
    this.transmit.push(value & 0xff);
  }

  private select(value: number): void {
    if (value > 1) throw new Error(`SPI3 selects chip ${value}.`);
    if (value === 0) {
      this.selected = false;
      return;
    }
    if (!this.enabled || this.transmit.length === 0) throw new Error('SPI3 starts without anything to send.');
    this.selected = true;
    this.transfer();
  }

  private transfer(): void {
    const mode = (this.control0 >> 10) & 3;
    if ((this.control0 & ~0xc00) !== 7) throw new Error(`SPI3 is set to 0x${this.control0.toString(16)}, not to single-line frames of 8 bits.`);
    if (mode !== sendOnly && mode !== sendThenReceive) throw new Error(`SPI3 uses transfer mode ${mode}.`);
    if (this.divider < 2 || this.divider % 2 !== 0) throw new Error(`The divider of SPI3 is ${this.divider}.`);
    const receiveCount = mode === sendThenReceive ? this.receiveCount : 0;
    if (receiveCount > fifoEntries) throw new Error(`SPI3 receives ${receiveCount} bytes at once: the FIFO overflows.`);
    this.around.elapseBits((this.transmit.length + receiveCount) * 8, this.divider);
    this.received.push(...this.around.flash.transfer(Uint8Array.from(this.transmit.splice(0)), receiveCount));
    this.pendingLooks = 1;
  }

  private takeReceived(): number {
    const value = this.received.shift();
    if (value === undefined) throw new Error('The empty receive FIFO of SPI3 is read.');
    return value;
  }

  private looksFinished(): boolean {
    return this.pendingLooks === 0 || this.pendingLooks-- === 0;
  }
}
