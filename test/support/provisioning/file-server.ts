import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file as the local server offers it, with the faults that real servers have. */
export interface ServedFile {
  readonly data: Buffer;
  readonly contentType?: string;
  readonly etag?: string;
  /** Ignores the Range header. */
  readonly withoutRanges?: boolean;
  /** Ends the connection after this many bytes of each answer. */
  readonly cutAfterBytes?: number;
  /** Sends nothing more after this many bytes, and keeps the connection. */
  readonly stallAfterBytes?: number;
}

export type Route = ServedFile | { readonly status: number; readonly location?: string; readonly body?: string } | { readonly silent: true };

export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface FileServer {
  readonly url: string;
  readonly port: number;
  readonly routes: Map<string, Route>;
  readonly requests: SeenRequest[];
  /** Bytes of bodies that were sent. */
  sentBytes(): number;
  close(): Promise<void>;
}

/** An HTTP server on 127.0.0.1 for tests. */
export async function startFileServer(): Promise<FileServer> {
  const routes = new Map<string, Route>();
  const requests: SeenRequest[] = [];
  let sentBytes = 0;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    requests.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    const route = routes.get(path) ?? { status: 404, body: 'nothing here' };
    if ('silent' in route) return;
    if ('status' in route) {
      response.writeHead(route.status, route.location === undefined ? {} : { location: route.location });
      response.end(route.body ?? '');
      return;
    }
    sentBytes += sendFile(route, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    routes,
    requests,
    sentBytes: () => sentBytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendFile(file: ServedFile, request: IncomingMessage, response: ServerResponse): number {
  const range = file.withoutRanges === true ? undefined : wantedRange(file, request);
  if (range === 'outside') {
    response.writeHead(416, { 'content-range': `bytes */${file.data.length}` }).end();
    return 0;
  }
  const body = range ? file.data.subarray(range.first, range.last + 1) : file.data;
  response.writeHead(range ? 206 : 200, {
    'content-type': file.contentType ?? 'application/octet-stream',
    'content-length': body.length,
    ...(file.etag === undefined ? {} : { etag: file.etag }),
    ...(range ? { 'content-range': `bytes ${range.first}-${range.last}/${file.data.length}` } : {}),
  });
  const limit = file.cutAfterBytes ?? file.stallAfterBytes;
  if (limit === undefined || limit >= body.length) {
    response.end(body);
    return body.length;
  }
  response.write(body.subarray(0, limit), () => {
    if (file.cutAfterBytes !== undefined) response.socket?.end();
  });
  return limit;
}

function wantedRange(file: ServedFile, request: IncomingMessage): { first: number; last: number } | 'outside' | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  if (!match || (condition !== undefined && condition !== file.etag)) return undefined;
  const first = Number(match[1]);
  const last = Math.min(match[2] ? Number(match[2]) : Infinity, file.data.length - 1);
  return first > last ? 'outside' : { first, last };
}
