import type { Device } from './k210-devices';

const register = { data: 0x00, interrupts: 0x04, fifoControl: 0x08, lineControl: 0x0c, lineStatus: 0x14, fraction: 0xc0 } as const;
const fifoBytes = 16;
const divisorLatch = 0x80;
const bitsPerByte = 10;

export interface UartSurroundings {
  readonly apb0Hz: number;
  readonly aclkHz: number;
  cycles(): number;
  /** The program has looked often for a byte that does not come. */
  onIdle(): void;
}

/** `ready`: the next byte is there whenever it is looked for. `timed`: bytes come at the line's rate and overflow the FIFO when nobody looks. */
export type ArrivalPace = 'ready' | 'timed';

const idleLooks = 50;

/** UART3: its receive side hands out what the host sent, its transmit side collects what the program sends. */
export class Uart3Model implements Device {
  readonly sent: number[] = [];
  /** Bytes that came while the FIFO was full. */
  overflowCount = 0;
  private readonly arriving: number[] = [];
  private readonly receiveFifo: number[] = [];
  /** Bytes in the transmit FIFO; one leaves at every second look. */
  private transmitLevel = 0;
  private looks = 0;
  private idle = 0;
  private nextArrival = 0;
  private readonly divisor = { high: 0, low: 0, fraction: 0 };
  private latched = false;
  private thresholdMode = false;
  private fifosEnabled = false;

  constructor(
    private readonly around: UartSurroundings,
    private readonly pace: ArrivalPace,
  ) {}

  /** Rate that the divisors give; 0 before they are set. */
  get baudRate(): number {
    const { high, low, fraction } = this.divisor;
    const divisor = (high << 12) | (low << 4) | fraction;
    return divisor === 0 ? 0 : Math.round(this.around.apb0Hz / divisor);
  }

  /** Bytes from the host. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.arriving.push(byte);
    this.nextArrival = Math.max(this.nextArrival, this.around.cycles());
    this.idle = 0;
  }

  load(offset: number): number {
    switch (offset) {
      case register.data: return this.takeByte();
      case register.lineStatus: return this.status();
      default: throw new Error(`UART3 register 0x${offset.toString(16)} is read.`);
    }
  }

  store(offset: number, value: number): void {
    switch (offset) {
      case register.data:
        if (this.latched) this.divisor.low = value;
        else this.transmit(value);
        return;
      case register.interrupts:
        if (this.latched) this.divisor.high = value;
        else this.setInterrupts(value);
        return;
      case register.fifoControl: this.fifosEnabled = (value & 1) === 1; return;
      case register.lineControl: return this.setLineControl(value);
      case register.fraction: this.divisor.fraction = value & 15; return;
      default: throw new Error(`UART3 register 0x${offset.toString(16)} is written.`);
    }
  }

  private setInterrupts(value: number): void {
    if ((value & 0x7f) !== 0) throw new Error('UART3 interrupts are enabled.');
    this.thresholdMode = (value & 0x80) !== 0;
  }

  private setLineControl(value: number): void {
    this.latched = value === divisorLatch;
    if (!this.latched && value !== 3) throw new Error(`UART3 is set to 0x${value.toString(16)}, not to 8N1.`);
    if (this.latched && this.transmitLevel > 0) throw new Error('UART3 changes its rate while it sends.');
  }

  private transmit(value: number): void {
    if (!this.fifosEnabled || !this.thresholdMode) throw new Error('UART3 sends without its FIFO or threshold mode.');
    if (this.transmitLevel === fifoBytes) throw new Error('The transmit FIFO of UART3 overflows.');
    this.transmitLevel++;
    this.sent.push(value & 0xff);
  }

  private status(): number {
    if (++this.looks % 2 === 0 && this.transmitLevel > 0) this.transmitLevel--;
    this.arrive();
    if (this.receiveFifo.length > 0) this.idle = 0;
    else if (this.arriving.length === 0 && this.transmitLevel === 0 && ++this.idle >= idleLooks) this.around.onIdle();
    return (this.receiveFifo.length > 0 ? 0x01 : 0) | (this.transmitLevel === fifoBytes ? 0x20 : 0) | (this.transmitLevel === 0 ? 0x40 : 0);
  }

  private arrive(): void {
    if (this.pace === 'ready') {
      if (this.receiveFifo.length === 0 && this.arriving.length > 0) this.receiveFifo.push(this.arriving.shift() as number);
      return;
    }
    const cyclesPerByte = (this.around.aclkHz * bitsPerByte) / this.baudRate;
    while (this.arriving.length > 0 && this.nextArrival <= this.around.cycles()) {
      const byte = this.arriving.shift() as number;
      if (this.receiveFifo.length < fifoBytes) this.receiveFifo.push(byte);
      else this.overflowCount++;
      this.nextArrival += cyclesPerByte;
    }
  }

  private takeByte(): number {
    const byte = this.receiveFifo.shift();
    if (byte === undefined) throw new Error('The empty receive FIFO of UART3 is read.');
    return byte;
  }
}
