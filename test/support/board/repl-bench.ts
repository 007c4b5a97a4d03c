import { VirtualBoard, type VirtualBoardOptions } from '../../../src/board/emulator/virtual-board';
import { openMemoryPort } from '../../../src/board/emulator/memory-transport';
import { MicroPythonFirmware, type MicroPythonOptions } from '../../../src/board/emulator/micropython/micropython-firmware';
import { VirtualClock } from '../../../src/board/emulator/virtual-clock';
import type { Transport } from '../../../src/board/port/transport';
import { resetProfiles } from '../../../src/board/port/reset-profiles';
import { deployFile, type DeployFileOptions, type FileDeployment } from '../../../src/board/repl/deploy-file';

/** A board that runs real MicroPython, and an open port to it, in virtual time. */
export interface ReplBench {
  readonly clock: VirtualClock;
  readonly firmware: MicroPythonFirmware;
  readonly board: VirtualBoard;
  readonly transport: Transport;
  readonly notices: string[];
  deploy(content: Uint8Array, options?: Partial<DeployFileOptions>): Promise<FileDeployment>;
  dispose(): void;
}

export const resets = [resetProfiles.dan.reboot, resetProfiles.kd233.reboot];

export async function openReplBench(options: MicroPythonOptions = {}, boardOptions: Partial<VirtualBoardOptions> = {}, prepare?: (firmware: MicroPythonFirmware) => void): Promise<ReplBench> {
  const clock = new VirtualClock();
  const firmware = new MicroPythonFirmware(options);
  prepare?.(firmware);
  const board = new VirtualBoard({ clock, firmware, ...boardOptions });
  const transport = await openMemoryPort(board);
  await transport.setLines({ dtr: false, rts: false });
  const notices: string[] = [];
  return {
    clock, firmware, board, transport, notices,
    deploy: (content, more = {}) => deployFile(transport, clock, content, { path: '/sd/face.kmodel', resets, notice: (sentence) => notices.push(sentence), ...more }),
    dispose: () => board.dispose(),
  };
}

/** Bytes that no accident makes equal: every position differs from its neighbours. */
export function patternBytes(count: number, seed = 1): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** Opens a bench, uses it, and takes it down whatever happens. */
export async function withBench(bench: Promise<ReplBench>, body: (bench: ReplBench) => Promise<void>): Promise<void> {
  const opened = await bench;
  try {
    await body(opened);
  } finally {
    opened.dispose();
  }
}
