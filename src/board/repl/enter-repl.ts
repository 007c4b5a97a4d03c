import { BoardError } from '../board-error';
import type { ControlLines } from '../port/transport';
import { keys, type RawRepl } from './raw-repl';

export interface EnterOptions {
  /** Levels of DTR and RTS one after the other that restart the board; several wirings are tried one after the other. */
  readonly resets: readonly (readonly ControlLines[])[];
  /** Tells the user what to do with their hands. */
  notice(sentence: string): void;
  /** Told when RESET has to be pressed, and for how long that is waited for. */
  onReset?: ((limitMs: number) => void) | undefined;
}

const firstPromptMs = 1000;
/** From a reset to the prompt: the firmware's own start, then 200 ms in which it can be interrupted (k210-serial.md, section 3.1). */
const bootMs = 8000;
const manualResetMs = 30_000;
const keyPauseMs = 100;
const lineStepMs = 100;
const normalPrompt = />>> $/;
/** MaixPy IDE's own protocol, taken over from OpenMV's: rate, question for the version (three small 32-bit numbers come back), and reset. */
const ide = { baudRate: 1_500_000, askVersion: [48, 0x80, 12, 0, 0, 0], version: /^(?:[^]{2}\0\0){3}/, reset: [48, 0x0c, 0, 0, 0, 0], limitMs: 500 } as const;

/** How the prompt was reached. */
export type Entered = 'interrupted' | 'reset';

/**
 * Brings the board to raw mode, whatever it is doing: waiting at a prompt, in raw mode already, running a program (even one that ignores
 * Ctrl+C, which is then caught while the board starts), or talking to MaixPy IDE.
 * @throws BoardError K2-REPL-NONE or K2-REPL-IDEMODE that says what was seen instead
 */
export async function enterRawRepl(repl: RawRepl, { resets, notice, onReset }: EnterOptions): Promise<Entered> {
  await repl.transport.discardInput();
  if (await interrupt(repl)) return (await toRawMode(repl)) ? 'interrupted' : refuse(repl);
  let heard = repl.inbox.takeAll();
  // A board that says nothing at all may be in IDE mode, which costs half a second to find out.
  let inIdeMode = heard.trim() === '' && (await leaveIdeMode(repl));
  if (inIdeMode && (await catchWhileBooting(repl, bootMs))) return (await toRawMode(repl)) ? 'reset' : refuse(repl);
  let resettable = false;
  for (const steps of resets) {
    if (!(await pulse(repl, steps))) break;
    resettable = true;
    if (await catchWhileBooting(repl, bootMs)) return (await toRawMode(repl)) ? 'reset' : refuse(repl);
    heard += repl.inbox.takeAll();
  }
  // After a reset the file that asks for IDE mode may have come into force.
  const again = await leaveIdeMode(repl);
  inIdeMode ||= again;
  if (again && (await catchWhileBooting(repl, bootMs))) return (await toRawMode(repl)) ? 'reset' : refuse(repl);
  if (!resettable) {
    notice('The program on the board cannot be stopped from here. Press RESET on the board now (30 s).');
    onReset?.(manualResetMs);
    if (await catchWhileBooting(repl, manualResetMs)) return (await toRawMode(repl)) ? 'reset' : refuse(repl);
    heard += repl.inbox.takeAll();
  }
  if (inIdeMode) throw new BoardError('K2-REPL-IDEMODE', `The board at ${repl.transport.path} talks to MaixPy IDE and does not leave that mode.`, 'Disconnect the IDE, press RESET on the board, and try again.');
  throw noPrompt(repl.transport.path, heard);
}

/** Restarts the board by its control lines. False where the port has none. */
export async function pulse({ transport, clock, signal }: Pick<RawRepl, 'transport' | 'clock' | 'signal'>, steps: readonly ControlLines[]): Promise<boolean> {
  for (const step of steps) {
    if ((await transport.setLines(step)) === 'unsupported') return false;
    await clock.sleep(lineStepMs, signal);
  }
  return true;
}

async function interrupt(repl: RawRepl): Promise<boolean> {
  for (const key of ['\r', keys.interrupt, keys.interrupt]) {
    await repl.write(key);
    await repl.clock.sleep(keyPauseMs, repl.signal);
  }
  // Leaves raw mode, should another program have left it on; at the normal prompt it only prints the banner again.
  await repl.write(keys.normalMode);
  return (await repl.inbox.readUntil(normalPrompt, firstPromptMs, repl.signal)) !== undefined;
}

/** Sends Ctrl+C until there is a prompt: it works at least while the firmware's own start code runs. */
async function catchWhileBooting(repl: RawRepl, limitMs: number): Promise<boolean> {
  const endMs = repl.clock.nowMs() + limitMs;
  while (repl.clock.nowMs() < endMs) {
    await repl.write(keys.interrupt);
    if ((await repl.inbox.readUntil(normalPrompt, keyPauseMs, repl.signal)) !== undefined) return true;
  }
  return false;
}

async function toRawMode(repl: RawRepl): Promise<boolean> {
  return (await repl.resync()) || repl.resync();
}

/** Whether MaixPy IDE's protocol answers; if so, the board was told to restart. */
async function leaveIdeMode({ transport, inbox, clock, signal }: RawRepl): Promise<boolean> {
  const normalRate = transport.baudRate;
  await transport.setBaudRate(ide.baudRate);
  try {
    await transport.discardInput();
    inbox.discard();
    await transport.write(Uint8Array.from(ide.askVersion), signal);
    const answer = await inbox.readUntil(ide.version, ide.limitMs, signal);
    if (answer === undefined) return false;
    await transport.write(Uint8Array.from(ide.reset), signal);
    await clock.sleep(keyPauseMs, signal);
    return true;
  } finally {
    await transport.setBaudRate(normalRate);
    inbox.discard();
  }
}

function refuse(repl: RawRepl): never {
  throw new BoardError(
    'K2-REPL-NONE', `MicroPython at ${repl.transport.path} has a prompt but no raw mode.`,
    'Its firmware is too old (early 2019): flash a newer MaixPy or CanMV, or deploy to a flash address instead of a file.',
  );
}

function noPrompt(path: string, heard: string): BoardError {
  if (heard === '') {
    return new BoardError('K2-REPL-NONE', `Nothing came from the board at ${path}.`, 'Check that it is this port and that the board runs MaixPy or CanMV; without such firmware deploy to a flash address (--address).', { isOtherPortWorthTrying: true });
  }
  const printable = [...heard].filter((character) => /[\x20-\x7e\r\n\t]/.test(character)).length;
  if (printable < heard.length * 0.7) {
    return new BoardError('K2-REPL-NONE', `What comes from the board at ${path} is not text at 115200 baud.`, 'Its firmware uses another rate or is not MicroPython: deploy to a flash address (--address) instead.', { isOtherPortWorthTrying: true });
  }
  const line = heard.trim().split(/[\r\n]+/).at(-1)?.slice(0, 80) ?? '';
  return new BoardError(
    'K2-REPL-NONE', `The board at ${path} runs a program that cannot be stopped (last line: "${line}").`,
    'Press RESET on the board just after starting this command, or deploy to a flash address (--address).',
  );
}
