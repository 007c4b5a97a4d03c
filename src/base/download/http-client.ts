import { Readable } from 'node:stream';
import type { EnvHttpProxyAgent } from 'undici';
import { throwIfCancelled } from '../user-error';
import { DownloadFailure } from './download-failure';
import { hostOf, networkFailure } from './network-failure';
import type { NetworkTimeouts } from './network-timeouts';

/** The head of a response, with its body still to be read. */
export interface HttpResponse {
  readonly status: number;
  /** Address after redirects. */
  readonly url: string;
  header(name: string): string | undefined;
  /** Must be read to the end or destroyed. Its errors still need `networkFailure`. */
  readonly body: Readable;
}

/**
 * GET requests that honour HTTPS_PROXY, HTTP_PROXY and NO_PROXY (Node's own fetch does not before version 24),
 * end a silent connection, and send an address's user name and password only to that address's origin.
 */
export class HttpClient {
  private agent: EnvHttpProxyAgent | undefined;
  private readonly authorizations = new Map<string, string>();

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly timeouts: NetworkTimeouts,
  ) {}

  /**
   * Follows redirects. Every status counts as an answer.
   * @throws DownloadFailure when no answer comes; CancelledError
   */
  async get(address: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpResponse> {
    const url = this.withoutCredentials(address);
    const { responseMs } = this.timeouts;
    const { fetch } = await import('undici');
    const dispatcher = await this.dispatcher();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new DownloadFailure(`${url.host} did not answer within ${responseMs / 1000} s`)), responseMs);
    try {
      const authorization = this.authorizations.get(url.origin);
      const response = await fetch(url, {
        // A part of a file must arrive as it lies on the server, never compressed for the way.
        headers: { 'accept-encoding': 'identity', ...headers, ...(authorization ? { authorization } : {}) },
        redirect: 'follow',
        dispatcher,
        signal: AbortSignal.any([limit.signal, signal]),
      });
      return {
        status: response.status,
        url: response.url,
        header: (name) => response.headers.get(name) ?? undefined,
        body: response.body ? Readable.fromWeb(response.body) : Readable.from([]),
      };
    } catch (error) {
      throwIfCancelled(signal, 'The download');
      throw networkFailure(error, url.href);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.agent?.destroy(null);
  }

  private async dispatcher(): Promise<EnvHttpProxyAgent> {
    if (this.agent) return this.agent;
    const { EnvHttpProxyAgent } = await import('undici');
    const { env, timeouts } = this;
    try {
      this.agent = new EnvHttpProxyAgent({
        // Empty, not absent: absent would mean this process's own environment.
        httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? '',
        httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '',
        noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
        connect: { timeout: timeouts.responseMs },
        headersTimeout: timeouts.responseMs,
        bodyTimeout: timeouts.idleMs,
      });
      return this.agent;
    } catch (error) {
      throw new DownloadFailure('HTTPS_PROXY or HTTP_PROXY is not a valid address', { cause: error });
    }
  }

  private withoutCredentials(address: string): URL {
    const url = parseAddress(address);
    if (url.username || url.password) {
      const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      this.authorizations.set(url.origin, `Basic ${Buffer.from(pair).toString('base64')}`);
      url.username = '';
      url.password = '';
    }
    return url;
  }
}

/** Reads a short body. @throws DownloadFailure when it is longer than `limitBytes` or breaks off */
export async function readBody(response: HttpResponse, limitBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) throw new DownloadFailure(`${hostOf(response.url)} sends more than the ${limitBytes} bytes expected`);
      chunks.push(Buffer.from(chunk));
    }
  } catch (error) {
    throwIfCancelled(signal, 'The download');
    throw networkFailure(error, response.url);
  }
  return Buffer.concat(chunks);
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new DownloadFailure('the address does not begin with http:// or https://');
  return url;
}
