import { CancelledError } from '../../../base/user-error';
import type { BoardMachine, BoardProgram, RunningProgram } from '../board-program';
import { BoardVolume } from './board-volume';
import { FirmwareCalls, type KpuSimulator } from './firmware-calls';
import { Interpreter, type InterpreterFiles } from './interpreter';
import { MicroPythonFaults, type MicroPythonFault } from './micropython-faults';
import { microPythonFiles } from './micropython-files';

export interface MicroPythonOptions {
  /** Default `maixpy`. */
  readonly family?: 'maixpy' | 'canmv';
  /** Default `present`. */
  readonly card?: 'present' | 'absent' | 'read-only';
  /** Default 64 MiB. */
  readonly cardBytes?: number;
  /** Without one, models cannot be loaded. */
  readonly kpu?: KpuSimulator;
  readonly faults?: readonly MicroPythonFault[];
}

const mebibyte = 1 << 20;
/** SPIFFS of MaixPy and CanMV: 0xD00000 to 0xFFFFFF (k210-serial.md, section 1.10). */
const flashVolumeBytes = 3 * mebibyte;
const clusterBytes = 4096;
const normalBaudRate = 115_200;
const ringBytes = 2048;
/** From reset to "init end", and the time in which Ctrl+C stops the start (section 3.1). */
const startMs = 350;
const windowMs = 200;
const mountMs = 100;
const ide = { file: '/ide_mode.conf', baudRate: 1_500_000, command: 48, version: 0x80, reset: 0x0c } as const;

/** MicroPython as on a board with MaixPy or CanMV: real Python, with the firmware's modules, file systems, start and serial line. */
export class MicroPythonFirmware implements BoardProgram {
  readonly name = 'MicroPython';
  /** They outlive resets. */
  readonly flash = new BoardVolume({ bytes: flashVolumeBytes, blockBytes: clusterBytes, flat: true });
  readonly card: BoardVolume | undefined;
  /** Bytes that a full receive ring lost. */
  lostBytes = 0;
  readonly faults: MicroPythonFaults;

  /** @throws UserError when MicroPython is not installed */
  constructor(readonly options: MicroPythonOptions = {}, private readonly files: InterpreterFiles = microPythonFiles()) {
    const { card = 'present', cardBytes = 64 * mebibyte } = options;
    this.card = card === 'absent' ? undefined : new BoardVolume({ bytes: cardBytes, blockBytes: clusterBytes, readOnly: card === 'read-only' });
    this.faults = new MicroPythonFaults(options.faults ?? []);
    if (this.faults.has('ide-mode')) this.flash.put(ide.file, new Uint8Array(0));
  }

  start(machine: BoardMachine): RunningProgram {
    this.flash.closeAll();
    this.card?.closeAll();
    const run = new FirmwareRun(this, machine, this.files);
    run.begin(false);
    return { receive: (bytes) => run.receive(bytes) };
  }
}

/** From a reset to the next. */
class FirmwareRun {
  private interpreter: Interpreter | undefined;
  private phase: 'starting' | 'window' | 'ide' | 'python' = 'starting';
  private interrupted = false;
  private received = 0;

  constructor(
    private readonly firmware: MicroPythonFirmware,
    private readonly machine: BoardMachine,
    private readonly files: InterpreterFiles,
  ) {
    machine.signal.addEventListener('abort', () => this.interpreter?.stop(), { once: true });
  }

  /** @param raw the prompt comes back in raw mode */
  begin(raw: boolean): void {
    void this.start(raw).catch((error: unknown) => this.tell(error));
  }

  private async start(raw: boolean): Promise<void> {
    const { machine } = this;
    machine.serial.setBaudRate(normalBaudRate);
    this.phase = 'starting';
    this.interrupted = false;
    this.print(`\r\n[MAIXPY] Pll0:freq:806000000\r\n[MAIXPY] Cpu:freq:403000000\r\n[MAIXPY] Flash:0xc8:0x17\r\n`);
    await machine.clock.sleep(startMs, machine.signal);
    this.interpreter = this.makeInterpreter();
    this.planMount();
    await machine.clock.sleep(mountMs, machine.signal);
    this.print(this.firmware.options.family === 'canmv' ? '[CanMV] init end\r\n' : '[MaixPy] init end\r\n');
    this.phase = 'window';
    await machine.clock.sleep(windowMs, machine.signal);
    if (this.entersIdeMode()) return;
    const programs = this.interrupted ? [] : this.programs();
    if (this.interrupted) this.print('Traceback (most recent call last):\r\n  File "_boot.py", line 17, in <module>\r\nKeyboardInterrupt: \r\n');
    else this.print('\r\n__  __              _____  __   __  _____   __     __\r\nWiki          : https://maixpy.sipeed.com\r\n');
    this.phase = 'python';
    this.interpreter.boot(programs, raw);
  }

  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    if (this.firmware.faults.resetsAt(this.received)) {
      this.machine.reset();
      return;
    }
    const heard = this.firmware.faults.heard(bytes);
    switch (this.phase) {
      case 'starting':
        break;
      case 'window':
        this.interrupted ||= heard.includes(3);
        break;
      case 'ide':
        this.answerIde(heard);
        break;
      case 'python':
        this.firmware.lostBytes += this.interpreter?.receive(heard) ?? 0;
        break;
    }
  }

  private makeInterpreter(): Interpreter {
    const { machine, firmware } = this;
    const { flash, card, options } = firmware;
    const calls = new FirmwareCalls({
      machine, kpu: options.kpu, volumes: { flash, ...(card ? { sd: card } : {}) }, family: options.family ?? 'maixpy',
      hasReplUart: !firmware.faults.has('no-repl-uart'), setRate: (baudRate) => void machine.serial.drained().then(() => machine.signal.aborted || machine.serial.setBaudRate(baudRate)),
    });
    return new Interpreter(this.files, {
      nowMs: () => machine.clock.nowMs(),
      output: (bytes) => machine.serial.send(firmware.faults.said(bytes)),
      call: (operation, json) => calls.answer(operation, json),
      sleep: (durationMs) => machine.clock.sleep(durationMs, machine.signal),
      softReset: (raw) => queueMicrotask(() => this.softReset(raw)),
      abandoned: () => queueMicrotask(() => this.replaceInterpreter()),
    }, ringBytes);
  }

  /** As after an interrupt: the prompt, without the start. What the program had in memory is gone, which a chip would have kept. */
  private replaceInterpreter(): void {
    this.interpreter?.stop();
    if (this.machine.signal.aborted) return;
    try {
      this.interpreter = this.makeInterpreter();
      this.planMount();
      this.interpreter.boot([], false);
    } catch (error) {
      this.tell(error);
    }
  }

  private softReset(raw: boolean): void {
    this.interpreter?.stop();
    this.firmware.flash.closeAll();
    this.firmware.card?.closeAll();
    if (!this.machine.signal.aborted) this.begin(raw);
  }

  private planMount(): void {
    if (!this.firmware.card) return;
    const { interpreter, machine } = this;
    const ms = this.firmware.faults.mountMs;
    if (ms === 0) interpreter?.mountCard();
    else void machine.clock.sleep(ms, machine.signal).then(() => interpreter?.mountCard(), () => undefined);
  }

  private programs(): string[] {
    const { flash, card, faults } = this.firmware;
    const volume = card && faults.mountMs <= mountMs + windowMs ? card : flash;
    const sources = [flash.read('/boot.py'), volume.read('/main.py')];
    return sources.flatMap((source) => (source ? [Buffer.from(source).toString('utf8')] : []));
  }

  /** A file asks for it and is gone then: the next reset is an ordinary one. */
  private entersIdeMode(): boolean {
    if (this.firmware.flash.read(ide.file) === undefined) return false;
    this.firmware.flash.remove(ide.file);
    this.machine.serial.setBaudRate(ide.baudRate);
    this.phase = 'ide';
    return true;
  }

  private answerIde(bytes: Uint8Array): void {
    const at = bytes.indexOf(ide.command);
    if (at < 0) return;
    if (bytes[at + 1] === ide.version) this.machine.serial.send(Uint8Array.from([0, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0]));
    if (bytes[at + 1] === ide.reset) this.machine.reset();
  }

  /** A board that only kept silent would send whoever looks for the reason the wrong way. */
  private tell(error: unknown): void {
    if (!(error instanceof CancelledError)) this.print(`\r\n${error instanceof Error ? error.message : String(error)}\r\n`);
  }

  private print(text: string): void {
    this.machine.serial.send(Buffer.from(text));
  }
}
