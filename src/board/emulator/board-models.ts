import type { WiringName } from './control-wiring';

/** What differs between boards as far as a serial port shows it (k210-serial.md, sections 1.5 and 1.10). */
export interface BoardModel {
  readonly id: string;
  readonly name: string;
  readonly wiring: WiringName;
  readonly portCount: 1 | 2;
  /** Which port carries the chip's serial line; the other one is a debugger's and stays silent. */
  readonly consolePort: 0 | 1;
  readonly flashBytes: number;
}

const mebibyte = 1 << 20;

export const boardModels: readonly BoardModel[] = [
  { id: 'maix-dock', name: 'Sipeed Maix Dock', wiring: 'dan', portCount: 1, consolePort: 0, flashBytes: 16 * mebibyte },
  { id: 'maix-bit', name: 'Sipeed Maix Bit (with microphone)', wiring: 'kd233', portCount: 2, consolePort: 0, flashBytes: 16 * mebibyte },
  { id: 'maix-go', name: 'Sipeed Maix Go (OpenEC)', wiring: 'kd233', portCount: 2, consolePort: 1, flashBytes: 16 * mebibyte },
  { id: 'maix-go-old', name: 'Sipeed Maix Go (old CMSIS-DAP)', wiring: 'goD', portCount: 1, consolePort: 0, flashBytes: 16 * mebibyte },
  { id: 'm5stickv', name: 'M5StickV', wiring: 'kd233', portCount: 1, consolePort: 0, flashBytes: 16 * mebibyte },
  { id: 'kd233', name: 'Kendryte KD233', wiring: 'kd233', portCount: 1, consolePort: 0, flashBytes: 16 * mebibyte },
  { id: 'small-flash', name: 'a board with 8 MiB of flash', wiring: 'dan', portCount: 1, consolePort: 0, flashBytes: 8 * mebibyte },
];

export const defaultBoardModel = boardModels[0] as BoardModel;

/** Undefined when no model has this id. */
export function findBoardModel(id: string): BoardModel | undefined {
  return boardModels.find((model) => model.id === id);
}
