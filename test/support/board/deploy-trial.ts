import { CancelledError, UserError } from '../../../src/base/user-error';
import { silentProgress } from '../../../src/base/progress';
import { BoardError, type BoardErrorCode } from '../../../src/board/board-error';
import type { BoardMemory } from '../../../src/board/deploy/board-memory';
import { DeployCancelled } from '../../../src/board/deploy/deploy-cancelled';
import { DeployFailure } from '../../../src/board/deploy/deploy-failure';
import { deployFlash, type FlashDeployOptions, type FlashDeployment } from '../../../src/board/deploy/deploy-flash';
import { defaultBoardModel, findBoardModel } from '../../../src/board/emulator/board-models';
import { fault, type FaultInput } from '../../../src/board/emulator/faults';
import { openMemoryPort } from '../../../src/board/emulator/memory-transport';
import { VirtualBoard, type VirtualBoardOptions } from '../../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../../src/board/emulator/virtual-clock';
import type { FlashRegion } from '../../../src/board/image/flash-map';
import type { ResetProfileName } from '../../../src/board/port/reset-profiles';
import type { Transport } from '../../../src/board/port/transport';
import { readStubImage } from '../../../src/board/stub/stub-image';

/** Virtual time after which an upload that has not ended counts as hanging. */
const hangMs = 15 * 60_000;
const sectorBytes = 4096;

export interface TrialOptions {
  readonly faults?: readonly FaultInput[];
  readonly model?: string;
  readonly regions: readonly FlashRegion[];
  readonly deploy?: Partial<FlashDeployOptions>;
  readonly board?: Partial<VirtualBoardOptions>;
  /** Stands between the board and its client; may cancel. */
  readonly wrap?: (transport: Transport, cancel: () => void) => Transport;
  /** Virtual moment of the user's cancel. */
  readonly cancelAtMs?: number;
}

export interface Trial {
  readonly kind: 'verified' | 'written' | 'failed' | 'cancelled';
  readonly code: BoardErrorCode | undefined;
  readonly error: unknown;
  readonly deployment: FlashDeployment | undefined;
  readonly virtualMs: number;
  /** The flash holds every region. */
  readonly holdsRegions: boolean;
  /** Nothing but the regions' sectors, and in them nothing but the regions, changed. */
  readonly othersUntouched: boolean;
  readonly notices: readonly string[];
  readonly board: VirtualBoard;
}

/** A board on a virtual clock that can be deployed to several times. */
export class DeployBench {
  readonly clock = new VirtualClock();
  readonly board: VirtualBoard;
  private readonly memory = memoryOfOne();

  private constructor(
    private readonly options: TrialOptions,
    private readonly stubCode: Uint8Array,
  ) {
    this.board = new VirtualBoard({
      clock: this.clock, model: (options.model === undefined ? undefined : findBoardModel(options.model)) ?? defaultBoardModel,
      faults: (options.faults ?? []).map(fault), ...options.board,
    });
  }

  static async open(options: TrialOptions): Promise<DeployBench> {
    return new DeployBench(options, await readStubImage());
  }

  close(): void {
    this.board.dispose();
  }

  /** One deployment; expected failures are results. @throws Error when it hangs or fails in an unexpected way */
  async deploy(change: Partial<Pick<TrialOptions, 'regions' | 'deploy' | 'cancelAtMs' | 'wrap'>> = {}): Promise<Trial> {
    const { regions, deploy, cancelAtMs, wrap } = { ...this.options, ...change };
    const { clock, board } = this;
    const before = Uint8Array.from(board.flash.memory);
    const startMs = clock.nowMs();
    const notices: string[] = [];
    const abort = new AbortController();
    const ended = new AbortController();
    const hang = new Promise<never>((_resolve, reject) => {
      void clock.sleep(hangMs, ended.signal).then(() => reject(new Error(`The upload hangs after: ${notices.join(' ')}`)), () => undefined);
    });
    if (cancelAtMs !== undefined) void clock.sleep(cancelAtMs, ended.signal).then(() => abort.abort(), () => undefined);
    const outcome = await Promise.race([this.attempt(regions, deploy, wrap, (sentence) => notices.push(sentence), abort), hang]).finally(() => ended.abort());
    return {
      ...outcome, virtualMs: clock.nowMs() - startMs, notices, board,
      holdsRegions: regions.every(({ address, bytes }) => Buffer.from(bytes).equals(board.flash.memory.subarray(address, address + bytes.length))),
      othersUntouched: untouched(before, board.flash.memory, regions),
    };
  }

  private async attempt(
    regions: readonly FlashRegion[], deploy: Partial<FlashDeployOptions> | undefined, wrap: TrialOptions['wrap'], notice: (sentence: string) => void, abort: AbortController,
  ): Promise<Pick<Trial, 'kind' | 'code' | 'error' | 'deployment'>> {
    try {
      const port = await openMemoryPort(this.board);
      const transport = wrap?.(port, () => abort.abort()) ?? port;
      try {
        const deployment = await deployFlash(transport, this.clock, {
          regions, stubCode: this.stubCode, classicAllowed: false, baudRate: 1_500_000, profile: undefined, consent: { firmware: false, files: false }, readBack: false,
          proofLimitMs: 0, port: undefined, askForButtons: true, memory: this.memory, progress: silentProgress, notice, onMap: () => undefined, signal: abort.signal, ...deploy,
        });
        return { kind: deployment.verified ? 'verified' : 'written', code: undefined, error: undefined, deployment };
      } finally {
        await transport.close();
      }
    } catch (error) {
      if (error instanceof CancelledError) return { kind: 'cancelled', code: error instanceof DeployCancelled ? error.code : undefined, error, deployment: undefined };
      const reason = error instanceof DeployFailure ? error.reason : error;
      if (!(reason instanceof UserError)) throw error;
      return { kind: 'failed', code: reason instanceof BoardError ? reason.code : undefined, error, deployment: undefined };
    }
  }
}

/** One deployment to a fresh board. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const bench = await DeployBench.open(options);
  try {
    return await bench.deploy();
  } finally {
    bench.close();
  }
}

/** Without files: the virtual clock does not wait for a disk. */
function memoryOfOne(): BoardMemory {
  const known = new Map<string, ResetProfileName>();
  return {
    recall: (key) => Promise.resolve(known.get(key)),
    remember: (key, profile) => Promise.resolve(void known.set(key, profile)),
  };
}

/** Bytes that differ everywhere, the same for the same seed. */
export function modelBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function untouched(before: Uint8Array, after: Uint8Array, regions: readonly FlashRegion[]): boolean {
  const expected = Uint8Array.from(before);
  for (const { address, bytes } of regions) {
    // A failed or cancelled upload may leave the sectors of its own regions in any state.
    const end = Math.ceil((address + bytes.length) / sectorBytes) * sectorBytes;
    expected.set(after.subarray(address, end), address);
    const holds = Buffer.from(bytes).equals(after.subarray(address, address + bytes.length));
    if (holds) expected.set(before.subarray(address + bytes.length, end), address + bytes.length);
  }
  return Buffer.from(expected).equals(after);
}
