import { contentRange } from '../../base/download/download';
import { readBody, type HttpClient, type HttpResponse } from '../../base/download/http-client';
import { hostOf, statusFailure } from '../../base/download/network-failure';
import { ProvisioningFailure } from './provisioning-step';
import type { ByteSource } from './zip-archive';

/** The server sends whole files only. */
export class NoRangeSupport extends ProvisioningFailure {}

/**
 * A file on a server as `ByteSource`, read by HTTP range requests (RFC 9110, 14).
 * @throws NoRangeSupport when the server ignores ranges; ProvisioningFailure
 */
export async function openRemoteSource(http: HttpClient, url: string, signal: AbortSignal): Promise<ByteSource> {
  const first = await getRange(http, url, 0, 1, signal);
  first.body.destroy();
  const sizeBytes = contentRange(first)?.totalBytes;
  if (sizeBytes === undefined) throw new NoRangeSupport(`${hostOf(first.url)} does not say the size of the file`);
  return {
    sizeBytes,
    async read(offset, length) {
      const response = await getRange(http, url, offset, length, signal);
      const bytes = await readBody(response, length, signal);
      if (bytes.length !== length) throw new ProvisioningFailure(`${hostOf(response.url)} sent ${bytes.length} of ${length} bytes`);
      return bytes;
    },
  };
}

async function getRange(http: HttpClient, url: string, first: number, length: number, signal: AbortSignal): Promise<HttpResponse> {
  const response = await http.get(url, { range: `bytes=${first}-${first + length - 1}` }, signal);
  if (response.status === 206 && contentRange(response)?.first === first) return response;
  response.body.destroy();
  if (response.status === 200) throw new NoRangeSupport(`${hostOf(response.url)} cannot send a part of a file (HTTP 200 instead of 206)`);
  throw statusFailure(response.status, response.url);
}
