import type { IspLink } from './isp-link';
import { ispStatus, stubOp, type IspReply, type IspRequest } from './packet';

export interface StubRequestOptions {
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly onSent?: (bytes: number) => void;
  /** Whether an `ok` reply is whole; what is not counts as a damaged one. */
  readonly accept?: (reply: IspReply) => boolean;
  /** Called before another attempt; `true` ends the attempts as a success without a reply. */
  readonly beforeRetry?: (last: IspReply | undefined) => Promise<boolean>;
}

export type StubOutcome =
  | { readonly ok: true; readonly reply: IspReply | undefined }
  /** What the last attempt gave; no reply at all when undefined. */
  | { readonly ok: false; readonly reply: IspReply | undefined };

const barrierTimeoutMs = 500;
const barrierAttempts = 3;

/** Sends a request until the reply is good, at most `attempts` times, and settles the line between two attempts. */
export async function askStub(link: IspLink, request: IspRequest, options: StubRequestOptions): Promise<StubOutcome> {
  const { timeoutMs, attempts, onSent, accept = () => true, beforeRetry } = options;
  let reply: IspReply | undefined;
  let isSettled = true;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) {
      isSettled = await settle(link, stubOp.nop);
      if ((await beforeRetry?.(reply)) === true) return { ok: true, reply: undefined };
    }
    reply = await link.exchange(request, { timeoutMs, ...(onSent ? { onSent } : {}) });
    if (reply?.status === ispStatus.ok && accept(reply) && (isSettled || (await settle(link, stubOp.nop)))) return { ok: true, reply };
  }
  await settle(link, stubOp.nop);
  return { ok: false, reply };
}

/**
 * Makes sure that no reply to an earlier request is still on its way: the board answers in order, so once as many NOPs are answered
 * as were sent, everything before them has come. Otherwise the late reply for one block could pass for that of the next.
 * @param nopOp of the ROM or of the stub
 * @returns whether the board answered at all
 */
export async function settle(link: IspLink, nopOp: number): Promise<boolean> {
  await link.resynchronize();
  let unanswered = 0;
  let answered = false;
  for (let attempt = 0; attempt < barrierAttempts; attempt++) {
    await link.post({ op: nopOp, address: 0 });
    unanswered++;
    while (unanswered > 0 && (await link.waitForReply(nopOp, barrierTimeoutMs)) !== undefined) {
      unanswered--;
      answered = true;
    }
    if (unanswered === 0) return true;
  }
  return answered;
}
