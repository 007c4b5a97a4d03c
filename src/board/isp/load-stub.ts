import type { ProgressReporter } from '../../base/progress';
import { BoardError } from '../board-error';
import type { IspLink } from './isp-link';
import { outcomeText } from './isp-error';
import { ispStatus, ownStubOp, romChunkBytes, romOp, stubLoadAddress, stubOp, type IspReply } from './packet';
import { parseStubHello, type StubHello } from './stub-hello';
import { settle } from './stub-request';

const chunkAttempts = 5;
const chunkTimeoutMs = 3000;
/** The stub sets its line up in a few milliseconds; what it missed is asked again, patiently in the end. */
const startPauseMs = 5;
const stubNopTimeoutsMs = [50, 100, 200, 500, 500, 500, 500, 500, 500, 500];
const stubTimeoutMs = 500;
const helloAttempts = 3;

/**
 * Loads a stub into SRAM through the ROM and starts it. The line stays at the ROM's rate.
 * @returns what the stub says about itself; undefined for one that is not ours
 * @throws BoardError K2-STUB-LOAD when the ROM does not take it, K2-STUB-SILENT when it does not answer
 */
export async function loadStub(link: IspLink, code: Uint8Array, progress: ProgressReporter): Promise<StubHello | undefined> {
  for (let from = 0; from < code.length; from += romChunkBytes) {
    const chunk = code.subarray(from, from + romChunkBytes);
    await writeChunk(link, stubLoadAddress + from, chunk);
    progress.report({ label: 'Loading the flash stub', done: from + chunk.length, total: code.length, unit: 'bytes' });
  }
  await link.post({ op: romOp.boot, address: stubLoadAddress });
  await link.pause(startPauseMs);
  return greetStub(link);
}

/** @throws BoardError K2-STUB-SILENT */
async function greetStub(link: IspLink): Promise<StubHello | undefined> {
  await link.discardInput();
  let reply: IspReply | undefined;
  for (const timeoutMs of stubNopTimeoutsMs) {
    reply = await link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs });
    if (reply?.status === ispStatus.ok) return askHello(link);
    await link.resynchronize();
  }
  throw new BoardError('K2-STUB-SILENT', `The flash stub on ${link.transport.path} does not answer (${outcomeText(reply)}).`, 'Press RESET and start again; if that does not help, try --stub with a stub of kflash and report it.');
}

/** Asks a running stub who it is; stubs that are not ours answer with an error, with something else, or not at all. */
async function askHello(link: IspLink): Promise<StubHello | undefined> {
  for (let attempt = 0; attempt < helloAttempts; attempt++) {
    const reply = await link.exchange({ op: ownStubOp.hello, address: 0 }, { timeoutMs: stubTimeoutMs });
    const hello = reply?.status === ispStatus.ok ? parseStubHello(reply.data) : undefined;
    if (hello !== undefined) return hello;
    if (reply?.status === ispStatus.invalidCommand) return undefined;
    await settle(link, stubOp.nop);
  }
  return undefined;
}

async function writeChunk(link: IspLink, address: number, payload: Uint8Array): Promise<void> {
  let reply: IspReply | undefined;
  for (let attempt = 0; attempt < chunkAttempts; attempt++) {
    if (attempt > 0) await settle(link, romOp.nop);
    reply = await link.exchange({ op: romOp.memoryWrite, address, payload }, { timeoutMs: chunkTimeoutMs });
    if (reply?.status === ispStatus.ok || reply?.status === ispStatus.default) return;
  }
  throw new BoardError(
    'K2-STUB-LOAD', `The ROM of the board on ${link.transport.path} did not take the flash stub at 0x${address.toString(16)} (${outcomeText(reply)}).`,
    'Check cable and power, press RESET, and start again.',
  );
}
