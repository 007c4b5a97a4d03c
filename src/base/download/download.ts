import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { explainWriteError, writeJsonAtomic } from '../atomic-file';
import { CancelledError, UserError, throwIfCancelled } from '../user-error';
import { DownloadFailure } from './download-failure';
import type { HttpClient, HttpResponse } from './http-client';
import { hostOf, networkFailure, statusFailure } from './network-failure';

export interface DownloadRequest {
  readonly url: string;
  /** The `.part` file; what is known of it lies beside as `<file>.json`. */
  readonly file: string;
  /** Only these bytes of the server's file. */
  readonly range?: { readonly first: number; readonly length: number };
  readonly sha256?: string;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** @param totalBytes absent while the server has not said it */
  readonly onProgress: (doneBytes: number, totalBytes: number | undefined) => void;
}

const stateSchema = z.object({
  url: z.string(),
  first: z.number(),
  /** Size of what shall be in the `.part` file in the end. */
  lengthBytes: z.number().optional(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
});
type DownloadState = z.infer<typeof stateSchema>;

/** A server that drops the connection gets this many chances, as long as each of them brings something. */
const attemptLimit = 5;

/**
 * Fetches a file, or a part of one, into `request.file`. Goes on where an earlier run stopped, if the server's file is
 * still the same (ETag or date, and size). After a cancel or a broken connection the file stays for the next run.
 * @throws DownloadFailure when the server does not give it, or its SHA-256 is another one (the file is removed then)
 * @throws UserError when the disk is full
 */
export async function download(http: HttpClient, request: DownloadRequest, options: DownloadOptions): Promise<void> {
  await mkdir(path.dirname(request.file), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(request.file);
    try {
      await downloadRest(http, request, options);
      break;
    } catch (error) {
      if (error instanceof CancelledError || error instanceof UserError) throw error;
      const gained = (await sizeOf(request.file)) > before;
      if (!(error instanceof BrokenConnection) || !gained || attempt === attemptLimit) throw error;
    }
  }
  if (request.sha256 !== undefined) await requireSha256(request, request.sha256);
}

/** Removes a download and what is noted about it. */
export async function removeDownload(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(stateFile(file), { force: true });
}

/** SHA-256 of a file as 64 hexadecimal digits. */
export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, signal ? { signal } : {}).catch((error: unknown) => {
    throwIfCancelled(signal);
    throw error;
  });
  return hash.digest('hex');
}

/** The connection ended in the middle; what has come is kept. */
class BrokenConnection extends DownloadFailure {}

async function downloadRest(http: HttpClient, request: DownloadRequest, options: DownloadOptions): Promise<void> {
  const state = await readState(request);
  const haveBytes = state ? await sizeOf(request.file) : 0;
  if (state?.lengthBytes !== undefined && haveBytes === state.lengthBytes) return;
  const isTooLong = state?.lengthBytes !== undefined && haveBytes > state.lengthBytes;
  if (!state || haveBytes === 0 || isTooLong) return await downloadFrom(http, request, 0, undefined, options);
  return await downloadFrom(http, request, haveBytes, state, options);
}

async function downloadFrom(
  http: HttpClient,
  request: DownloadRequest,
  haveBytes: number,
  state: DownloadState | undefined,
  options: DownloadOptions,
): Promise<void> {
  const response = await http.get(request.url, rangeHeaders(request, haveBytes, state), options.signal);
  try {
    if (response.status === 416 && haveBytes > 0) {
      await removeDownload(request.file);
      return await downloadFrom(http, request, 0, undefined, options);
    }
    const plan = planOf(response, request, haveBytes, state);
    if (plan === 'again') return await downloadFrom(http, request, 0, undefined, options);
    if (plan.startBytes === 0) await removeDownload(request.file);
    await writeJsonAtomic(stateFile(request.file), plan.state);
    await saveBody(response, request, plan, options);
  } finally {
    response.body.destroy();
  }
}

interface SavePlan {
  /** Bytes of the `.part` file to keep. */
  readonly startBytes: number;
  readonly state: DownloadState;
}

function rangeHeaders(request: DownloadRequest, haveBytes: number, state: DownloadState | undefined): Record<string, string> {
  if (request.range) {
    const last = request.range.first + request.range.length - 1;
    return { range: `bytes=${request.range.first + haveBytes}-${last}` };
  }
  if (haveBytes === 0) return {};
  // A weak ETag does not promise equal bytes and is not allowed here (RFC 9110, 13.1.5).
  const strongEtag = state?.etag?.startsWith('W/') ? undefined : state?.etag;
  const validator = strongEtag ?? state?.lastModified;
  return { range: `bytes=${haveBytes}-`, ...(validator ? { 'if-range': validator } : {}) };
}

/** What to do with an answer; 'again' is from the beginning, because the server's file is another one now. */
function planOf(response: HttpResponse, request: DownloadRequest, haveBytes: number, state: DownloadState | undefined): SavePlan | 'again' {
  const { status } = response;
  if (status !== 200 && status !== 206) throw statusFailure(status, response.url);
  if (response.header('content-type')?.includes('text/html')) {
    throw new DownloadFailure(`${hostOf(response.url)} sent a web page instead of the file (the note of a proxy or a login page?)`);
  }
  const fresh = stateOf(response, request);
  if (status === 200) {
    if (request.range) throw new DownloadFailure(`${hostOf(response.url)} cannot send a part of a file`);
    return { startBytes: 0, state: fresh };
  }
  const range = contentRange(response);
  const wanted = (request.range?.first ?? 0) + haveBytes;
  if (range === undefined || range.first !== wanted) throw new DownloadFailure(`${hostOf(response.url)} sent another part of the file than was asked for`);
  const lengthBytes = request.range?.length ?? range.totalBytes;
  const isOther = state !== undefined && (state.etag !== fresh.etag || (state.lengthBytes ?? lengthBytes) !== lengthBytes);
  if (haveBytes > 0 && isOther) return 'again';
  return { startBytes: haveBytes, state: { ...fresh, ...(lengthBytes === undefined ? {} : { lengthBytes }) } };
}

function stateOf(response: HttpResponse, request: DownloadRequest): DownloadState {
  const etag = response.header('etag');
  const lastModified = response.header('last-modified');
  const length = response.header('content-length');
  return {
    url: withoutCredentials(request.url),
    first: request.range?.first ?? 0,
    ...(response.status === 200 && length !== undefined ? { lengthBytes: Number(length) } : {}),
    ...(etag ? { etag } : {}),
    ...(lastModified ? { lastModified } : {}),
  };
}

/** First byte and whole size of a 206 answer; the size is absent where the server does not know it. */
export function contentRange(response: HttpResponse): { first: number; totalBytes: number | undefined } | undefined {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.header('content-range') ?? '');
  if (!match) return undefined;
  return { first: Number(match[1]), totalBytes: match[2] === '*' ? undefined : Number(match[2]) };
}

/** Writes the body as it comes, so that all that has arrived is kept when the connection breaks. */
async function saveBody(response: HttpResponse, request: DownloadRequest, plan: SavePlan, options: DownloadOptions): Promise<void> {
  const { lengthBytes } = plan.state;
  let doneBytes = plan.startBytes;
  const target = await open(request.file, plan.startBytes > 0 ? 'a' : 'w');
  try {
    for await (const chunk of received(response, options.signal, () => `after ${doneBytes} of ${lengthBytes ?? 'an unknown number of'} bytes`)) {
      await target.appendFile(chunk).catch((error: unknown) => {
        throw explainWriteError(error, request.file);
      });
      doneBytes += chunk.length;
      options.onProgress(doneBytes, lengthBytes);
    }
  } finally {
    await target.close();
  }
  if (lengthBytes !== undefined && doneBytes !== lengthBytes) {
    throw new BrokenConnection(`${hostOf(response.url)} sent ${doneBytes} of ${lengthBytes} bytes`);
  }
}

/** The chunks of a body. @throws BrokenConnection with the words of `position` at its end */
async function* received(response: HttpResponse, signal: AbortSignal, position: () => string): AsyncGenerator<Uint8Array> {
  const chunks = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      throwIfCancelled(signal, 'The download');
      throw new BrokenConnection(`${networkFailure(error, response.url).message} ${position()}`);
    });
    if (next.done === true) return;
    yield next.value;
  }
}

async function requireSha256(request: DownloadRequest, expected: string): Promise<void> {
  const found = await sha256OfFile(request.file);
  if (found === expected.toLowerCase()) return;
  await removeDownload(request.file);
  throw new DownloadFailure(`the file from ${hostOf(request.url)} has SHA-256 ${found.slice(0, 12)}… instead of ${expected.slice(0, 12)}…`);
}

async function readState(request: DownloadRequest): Promise<DownloadState | undefined> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(stateFile(request.file), 'utf8')));
    const isSame = state.url === withoutCredentials(request.url) && state.first === (request.range?.first ?? 0);
    const isSameLength = request.range === undefined || state.lengthBytes === request.range.length;
    return isSame && isSameLength ? state : undefined;
  } catch {
    return undefined;
  }
}

function stateFile(file: string): string {
  return `${file}.json`;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

function withoutCredentials(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
