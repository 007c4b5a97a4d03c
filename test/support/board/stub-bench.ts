import { openMemoryPort } from '../../../src/board/emulator/memory-transport';
import { NorFlash, type NorFlashOptions } from '../../../src/board/emulator/nor-flash';
import { VirtualBoard } from '../../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../../src/board/emulator/virtual-clock';
import { fault } from '../../../src/board/emulator/faults';
import { encodeRequest, parseReply, romOp, stubLoadAddress, type IspReply, type IspRequest } from '../../../src/board/isp/packet';
import { encodeSlip, SlipDecoder } from '../../../src/board/isp/slip';
import { K210Machine, type K210MachineOptions } from '../riscv/k210-machine';

/** A running flash stub of ours, whatever executes it. */
export interface StubBench {
  readonly flash: NorFlash;
  /** Sends bytes as they are. @returns everything that came back */
  exchange(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rate of the stub's side of the line. */
  baudRate(): number;
}

export interface BenchFlash {
  readonly content?: Uint8Array;
  readonly isProtected?: boolean;
  readonly isAbsent?: boolean;
}

/** The stub's machine code, executed. Misuse of the flash is an error. */
export function machineCodeBench(code: Uint8Array, { content, isProtected, isAbsent }: BenchFlash, options: Partial<K210MachineOptions> = {}): StubBench & { readonly machine: K210Machine } {
  const flashOptions: NorFlashOptions = {
    ...(content === undefined ? {} : { content }), protectedBits: isProtected === true ? 7 : 0, absent: isAbsent === true,
    onMisuse: (sentence) => {
      throw new Error(`Misuse of the flash: ${sentence}.`);
    },
  };
  const flash = new NorFlash(flashOptions);
  const machine = new K210Machine({ code, flash, ...options });
  machine.runUntilIdle();
  return { flash, machine, exchange: (bytes) => Promise.resolve(machine.exchange(bytes)), baudRate: () => machine.uart.baudRate };
}

/** The model of the stub on a virtual board, loaded by its ROM as a client would. */
export async function modelBench({ content, isProtected, isAbsent }: BenchFlash): Promise<StubBench> {
  const clock = new VirtualClock();
  const faults = [...(isProtected === true ? [fault({ kind: 'write-protected' })] : []), ...(isAbsent === true ? [fault({ kind: 'jedec-ff' })] : [])];
  const board = new VirtualBoard({ clock, loaded: 'own', faults, hostRate: 'unknown', flashContent: content ?? new Uint8Array(0) });
  const port = await openMemoryPort(board);
  const received: number[] = [];
  port.onData((bytes) => received.push(...bytes));
  board.pressBootAndReset();
  const bench: StubBench = {
    flash: board.flash,
    exchange: async (bytes) => {
      received.length = 0;
      await port.write(bytes);
      await clock.sleep(30_000);
      return Uint8Array.from(received);
    },
    baudRate: () => board.baudRate,
  };
  await bench.exchange(encodeSlip(encodeRequest({ op: romOp.boot, address: stubLoadAddress })));
  return bench;
}

/** Sends a request and returns the replies, in order. */
export async function ask(bench: StubBench, request: IspRequest): Promise<IspReply[]> {
  return repliesIn(await bench.exchange(encodeSlip(encodeRequest(request))));
}

export function repliesIn(bytes: Uint8Array): IspReply[] {
  return new SlipDecoder().push(bytes).map((frame) => parseReply(frame)).filter((reply) => reply !== undefined);
}

/** The same bytes for the same seed. */
export function randomBytes(length: number, seed = 1): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
