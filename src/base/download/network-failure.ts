import { errorCode, errorText } from '../user-error';
import { DownloadFailure } from './download-failure';

/** `host` or `host:port` of an address: what a message may show of it, since the rest can hold a password. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'the given address';
  }
}

/** A refusal of the server, in words. @param status HTTP status of the response */
export function statusFailure(status: number, url: string): DownloadFailure {
  const host = hostOf(url);
  return new DownloadFailure(`${host} ${statusSentence(status)} (HTTP ${status})`);
}

function statusSentence(status: number): string {
  if (status === 401) return 'wants a user name and a password';
  if (status === 403) return 'refuses access';
  if (status === 404 || status === 410) return 'does not have the file';
  if (status === 407) return 'cannot be reached: the proxy wants a user name and a password';
  if (status === 416) return 'does not have the requested part of the file';
  if (status === 429) return 'wants fewer requests';
  if (status >= 500) return 'has a failure of its own';
  return 'gave an unexpected answer';
}

const codeSentences: Readonly<Record<string, string>> = {
  ENOTFOUND: 'was not found; there is no network, or a proxy is needed (HTTPS_PROXY)',
  EAI_AGAIN: 'was not found; there is no network, or a proxy is needed (HTTPS_PROXY)',
  ECONNREFUSED: 'refused the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached; there is no network',
  ECONNRESET: 'closed the connection early',
  EPIPE: 'closed the connection early',
  UND_ERR_SOCKET: 'closed the connection early',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed the connection early',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate that is not trusted (NODE_EXTRA_CA_CERTS names additional ones)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that is not trusted (NODE_EXTRA_CA_CERTS names additional ones)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate that is not trusted (NODE_EXTRA_CA_CERTS names additional ones)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'shows a certificate that is not trusted (NODE_EXTRA_CA_CERTS names additional ones)',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
};

/** undici has no code for this case, only words. */
const proxyRefusal = /^Proxy response \((\d{3})\)/;

/** Words for what a request or the reading of its body threw. A `DownloadFailure` is returned as it is. */
export function networkFailure(error: unknown, url: string): DownloadFailure {
  const failure = findInCauses(error, (cause) => (cause instanceof DownloadFailure ? cause : undefined));
  if (failure) return failure;
  const sentence = findInCauses(error, (cause) => codeSentences[errorCode(cause) ?? '']);
  if (sentence) return new DownloadFailure(`${hostOf(url)} ${sentence}`, { cause: error });
  const refusal = findInCauses(error, (cause) => proxyRefusal.exec(cause instanceof Error ? cause.message : '')?.[1]);
  if (refusal !== undefined) return new DownloadFailure(`the proxy refuses a connection to ${hostOf(url)} (HTTP ${refusal})`, { cause: error });
  const deepest = findInCauses(error, (cause) => (cause instanceof Error && cause.cause === undefined ? cause : undefined));
  return new DownloadFailure(`${hostOf(url)}: ${errorText(deepest ?? error)}`, { cause: error });
}

/** Node wraps network errors: `fetch failed` around a socket error, or an aggregate of one error for each address. */
function findInCauses<T>(error: unknown, pick: (cause: unknown) => T | undefined): T | undefined {
  for (let cause = error, depth = 0; cause !== undefined && cause !== null && depth < 8; depth++) {
    const found = pick(cause);
    if (found !== undefined) return found;
    if (cause instanceof AggregateError && cause.errors.length > 0) cause = cause.errors[0];
    else cause = cause instanceof Error ? cause.cause : undefined;
  }
  return undefined;
}
