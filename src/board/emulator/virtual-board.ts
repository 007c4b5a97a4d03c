import type { DisposableLike } from '../../base/disposable';
import type { Clock } from '../clock';
import type { ControlLines } from '../port/transport';
import { defaultBoardModel, type BoardModel } from './board-models';
import { BoardPort } from './board-port';
import type { BoardActivity, BoardProgram } from './board-program';
import { factoryImage, isBootable } from './boot-image';
import { Chip, type ChipState } from './chip';
import { wirings, type ResetOutcome } from './control-wiring';
import { demoFirmware } from './demo-firmware';
import type { Fault, FaultKind } from './faults';
import { GreetingWatch } from './greeting-watch';
import { LineDisturbance } from './line-disturbance';
import { chooseLoadedProgram, type LoadedProgramChoice } from './loaded-program';
import { NorFlash } from './nor-flash';
import { ReplyFaults } from './reply-faults';
import { SerialWire, type SerialTiming, type WireEnd } from './serial-wire';

export interface VirtualBoardOptions {
  readonly clock: Clock;
  readonly model?: BoardModel;
  /** Content of the flash from address 0; when absent, an image that boots and nothing behind it. */
  readonly flashContent?: Uint8Array;
  /** What runs while the flash holds an image that boots. */
  readonly firmware?: BoardProgram;
  /** What a jump to loaded code starts. Default `automatic`. */
  readonly loaded?: LoadedProgramChoice;
  /** Default `simulated`. */
  readonly timing?: SerialTiming;
  /** `own` (default): the host's rate is what its port was set to. `unknown`: it is taken to be the board's, as on a pseudo-terminal. */
  readonly hostRate?: 'own' | 'unknown';
  /**
   * `lines` (default): the boot ROM listens only after a reset with IO16 low. `always`: a greeting brings the board there from
   * wherever it is, for hosts without control lines.
   */
  readonly ispEntry?: 'lines' | 'always';
  readonly faults?: readonly Fault[];
  /** Told what the board does, a sentence each. */
  readonly onEvent?: (sentence: string) => void;
}

/** A K210 board: chip, flash, one or two serial adapters, and what is wrong with them. Its power is on from the start. */
export class VirtualBoard implements DisposableLike {
  readonly model: BoardModel;
  readonly flash: NorFlash;
  readonly ports: readonly BoardPort[];
  readonly faults: readonly Fault[];
  /** Misuse of the flash chip that a datasheet forbids. */
  readonly flashMisuse: string[] = [];
  private readonly activityCounts = new Map<BoardActivity, number>();
  private readonly chip: Chip;
  private readonly toBoard: SerialWire;
  private readonly toHost: SerialWire;
  private readonly timing: SerialTiming;
  private readonly end = new AbortController();
  private greetings = new GreetingWatch();

  constructor(private readonly options: VirtualBoardOptions) {
    this.model = options.model ?? defaultBoardModel;
    this.faults = options.faults ?? [];
    this.timing = options.timing ?? 'simulated';
    this.flash = new NorFlash({
      sizeBytes: this.model.flashBytes,
      content: options.flashContent ?? factoryImage(),
      protectedBits: this.has('write-protected') ? 7 : 0,
      absent: this.has('jedec-ff'),
      wornCells: this.faults.flatMap((fault) => (fault.kind === 'worn-cell' ? [fault.address] : [])),
      onMisuse: (sentence) => this.flashMisuse.push(sentence),
    });
    this.ports = Array.from({ length: this.model.portCount }, (_, index) => this.makePort(index === this.model.consolePort));
    this.chip = this.makeChip();
    const ends = { host: this.hostEnd(), chip: this.chipEnd() };
    const { clock } = options;
    const disturbances = { toBoard: new LineDisturbance(this.faults, 'to-board'), toHost: new LineDisturbance(this.faults, 'to-host') };
    this.toBoard = new SerialWire({
      clock, timing: this.timing, sender: ends.host, receiver: ends.chip,
      deliver: (bytes) => this.receive(bytes), disturb: (bytes) => disturbances.toBoard.apply(bytes),
    });
    this.toHost = new SerialWire({
      clock, timing: this.timing, sender: ends.chip, receiver: ends.host,
      deliver: (bytes) => this.consolePort.deliver(bytes), disturb: (bytes) => disturbances.toHost.apply(bytes),
    });
    this.planManualBoot();
    this.chip.boot('flash');
  }

  /** The port that carries the chip's serial line. */
  get consolePort(): BoardPort {
    return this.ports[this.model.consolePort] as BoardPort;
  }

  get state(): ChipState {
    return this.chip.state;
  }

  /** Rate of the chip's serial line at present. */
  get baudRate(): number {
    return this.chip.baudRate;
  }

  has(kind: FaultKind): boolean {
    return this.faults.some((fault) => fault.kind === kind);
  }

  /** How often an activity has begun. */
  activityCount(activity: BoardActivity): number {
    return this.activityCounts.get(activity) ?? 0;
  }

  /** A person holds BOOT and presses RESET. */
  pressBootAndReset(): void {
    this.reset('isp');
  }

  /** A person presses RESET. */
  pressReset(): void {
    this.reset('flash');
  }

  /** Pulls the cable: no power, no ports. */
  unplug(): void {
    this.event('The cable is pulled.');
    this.chip.stop();
    this.toBoard.discard();
    this.toHost.discard();
    for (const port of this.ports) port.lose({ kind: 'unplugged', reason: 'the virtual cable was pulled' });
  }

  /** Puts the cable back: the board boots from flash. Ports have to be opened again. */
  plugIn(): void {
    for (const port of this.ports) port.restore();
    this.reset('flash');
  }

  dispose(): void {
    this.end.abort();
    this.chip.stop();
    this.toBoard.close();
    this.toHost.close();
    for (const port of this.ports) port.lose({ kind: 'closed' });
  }

  private makePort(isConsole: boolean): BoardPort {
    return new BoardPort(
      (bytes) => (isConsole ? this.toBoard.send(bytes) : Promise.resolve()),
      (from, to) => {
        if (isConsole) this.changeLines(from, to);
      },
    );
  }

  private makeChip(): Chip {
    const { clock } = this.options;
    const replyFaults = new ReplyFaults(this.faults, clock);
    const isSilent = this.has('stub-silent');
    return new Chip({
      clock,
      flash: this.flash,
      timing: this.timing,
      firmware: () => (isBootable(this.flash.memory) ? (this.options.firmware ?? demoFirmware) : undefined),
      loaded: (sram, entryAddress) => chooseLoadedProgram(this.has('old-stub') ? 'classic' : (this.options.loaded ?? 'automatic'), sram, entryAddress),
      send: (bytes, isReply, signal) => {
        if (isSilent && this.chip.state === 'loaded') return;
        if (isReply) replyFaults.pass(bytes, signal, (frame) => void this.toHost.send(frame));
        else void this.toHost.send(bytes);
      },
      drained: () => this.toHost.drained(),
      onActivity: (activity) => this.countActivity(activity),
      onEvent: (sentence) => this.event(sentence),
    });
  }

  private hostEnd(): WireEnd {
    const rate = (): number => (this.options.hostRate === 'unknown' ? this.chip.baudRate : this.consolePort.baudRate);
    return {
      get baudRate() {
        return rate();
      },
    };
  }

  private chipEnd(): WireEnd {
    const limits = this.faults.flatMap((fault) => (fault.kind === 'baud-limit' ? [fault.baud] : []));
    const rate = (): number => (limits.some((limit) => this.chip.baudRate > limit) ? this.chip.baudRate / 2 : this.chip.baudRate);
    return {
      get baudRate() {
        return rate();
      },
    };
  }

  private receive(bytes: Uint8Array): void {
    if (this.options.ispEntry === 'always' && this.chip.state !== 'isp' && !this.has('never-isp') && !this.has('manual-boot') && this.greetings.sees(bytes)) this.reset('isp');
    this.chip.receive(bytes);
  }

  private changeLines(from: ControlLines, to: ControlLines): void {
    const outcome = wirings[this.model.wiring].change(from, to);
    if (outcome !== undefined) this.reset(outcome === 'isp' && (this.has('never-isp') || this.has('manual-boot')) ? 'flash' : outcome);
  }

  private reset(outcome: ResetOutcome): void {
    this.greetings = new GreetingWatch();
    this.toHost.discard();
    if (outcome === 'held') this.chip.stop();
    else this.chip.boot(outcome);
  }

  private countActivity(activity: BoardActivity): void {
    const count = this.activityCount(activity) + 1;
    this.activityCounts.set(activity, count);
    for (const fault of this.faults) {
      if (fault.kind === 'unplug' && fault.during === activity && fault.nth === count) this.unplug();
      if (fault.kind === 'bit-rot' && activity === 'program' && fault.nth === count) this.flash.memory[fault.address] = (this.flash.memory[fault.address] ?? 0) ^ 1;
    }
  }

  private planManualBoot(): void {
    for (const fault of this.faults) {
      if (fault.kind === 'manual-boot') void this.options.clock.sleep(fault.ms, this.end.signal).then(() => this.pressBootAndReset(), () => undefined);
    }
  }

  private event(sentence: string): void {
    this.options.onEvent?.(sentence);
  }
}
