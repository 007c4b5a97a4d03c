import type { ResetProfileName } from './reset-profiles';

/** Identity of a USB device, four hexadecimal digits each, upper case. */
export interface UsbId {
  readonly vendorId: string;
  readonly productId: string;
}

/** What a USB identity says about what is behind it. A hint only: the same chips serve other things. */
export interface UsbSerialChip {
  readonly chip: string;
  readonly likelyBoards: string;
  /** Reset wiring to try first. */
  readonly profile: ResetProfileName;
  /** One device shows two ports, of which one leads to the K210. */
  readonly ports: 1 | 2;
}

interface ChipRow extends UsbSerialChip {
  readonly vendorId: string;
  /** Any product of the vendor when absent. */
  readonly productId?: string;
}

/** k210-serial.md, section 4; first match counts. */
const chips: readonly ChipRow[] = [
  { vendorId: '1A86', productId: '7523', chip: 'CH340', likelyBoards: 'Maix Dock, Maix Bit (old), KD233, CanMV boards', profile: 'dan', ports: 1 },
  { vendorId: '1A86', chip: 'CH340/CH9102', likelyBoards: 'newer CanMV and third-party boards', profile: 'dan', ports: 1 },
  { vendorId: '0403', productId: '6010', chip: 'FT2232 or its emulation', likelyBoards: 'Maix Bit (mic), Maixduino, Maix Go, Cube, Amigo, Nano', profile: 'kd233', ports: 2 },
  { vendorId: '0403', chip: 'FT232 or its emulation', likelyBoards: 'M5StickV, UnitV', profile: 'kd233', ports: 1 },
  { vendorId: 'C251', chip: 'CMSIS-DAP', likelyBoards: 'Maix Go (old debugger firmware)', profile: 'goD', ports: 1 },
  { vendorId: '10C4', chip: 'CP210x', likelyBoards: 'HUSKYLENS, modules with an adapter', profile: 'kd233', ports: 1 },
  { vendorId: '067B', chip: 'PL2303', likelyBoards: 'modules with an adapter', profile: 'dan', ports: 1 },
];

/** Undefined when no K210 board is known with such a chip. */
export function usbSerialChip({ vendorId, productId }: UsbId): UsbSerialChip | undefined {
  return chips.find((row) => row.vendorId === vendorId && (row.productId === undefined || row.productId === productId));
}

export function usbIdText({ vendorId, productId }: UsbId): string {
  return `${vendorId}:${productId}`;
}
