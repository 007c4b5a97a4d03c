import type { Redis } from 'ioredis';
import { CancelledError, errorCode, errorText, UserError } from '../../base/user-error';
import { passwordVariable, type RedisAddress } from './redis-address';
import { succeedsWithin } from './succeeds-within';

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Tells that the connection is lost or back, as one sentence. */
  readonly notice: (sentence: string) => void;
  /** After how many failed attempts a lost connection is given up; default: never. */
  readonly mostAttempts?: number;
}

const connectLimitMs = 5000;
/** From the first byte to the answer to the first command. */
const answerLimitMs = 10_000;
const quitLimitMs = 1000;
/** A server that owes an answer for so long is taken to be gone; the longest that BullMQ has it wait on purpose is ten seconds. */
const silenceLimitMs = 30_000;
const oldestMajor = 5;

/**
 * Connects to Redis or Valkey, and finds out whether it can hold a queue.
 * @returns a client that connects again when the connection is lost
 * @throws UserError when there is no server, it is none of Redis, or it refuses; CancelledError
 */
export async function connectRedis(address: RedisAddress, { signal, notice, mostAttempts = Infinity }: ConnectOptions): Promise<Redis> {
  const { Redis: Client } = await import('ioredis');
  const { host, port, database, tls, username, password, shown } = address;
  const state = { isOpen: false, isLost: false };
  let lastError: unknown;
  const client = new Client({
    host, port, db: database, lazyConnect: true, connectTimeout: connectLimitMs, maxRetriesPerRequest: null, socketTimeout: silenceLimitMs,
    ...(tls && { tls: {} }), ...(username !== undefined && { username }), ...(password !== undefined && { password }),
    retryStrategy: (attempt) => (state.isOpen && attempt <= mostAttempts ? Math.min(attempt * 300, 3000) : null),
  });
  client.on('error', (error) => (lastError = error));
  client.on('close', () => {
    if (!state.isOpen || state.isLost || client.status === 'end') return;
    state.isLost = true;
    notice(`The connection to Redis at ${shown} is lost; trying again.`);
  });
  client.on('ready', () => {
    if (state.isLost) notice(`Redis at ${shown} is back.`);
    state.isLost = false;
  });
  try {
    await inTime(client.connect().then(() => requireQueueServer(client, shown)), signal);
    state.isOpen = true;
    return client;
  } catch (error) {
    client.disconnect();
    throw error instanceof CancelledError || error instanceof UserError ? error : explainRedisError(lastError ?? error, address);
  }
}

/** Closes a client that may have lost its connection. */
export async function closeRedis(client: Redis): Promise<void> {
  if (client.status === 'ready') await succeedsWithin(quitLimitMs, client.quit());
  client.disconnect();
}

/**
 * Says a failure of Redis in one sentence, without the password. Errors of the client library know the command that failed, which may be
 * the one with the password; so they are not passed on as a cause.
 */
export function explainRedisError(error: unknown, { shown, tls }: RedisAddress): UserError {
  const text = errorText(error);
  const check = 'Check host and port, that the server runs, and that a firewall lets this machine through.';
  const checkTls = tls ? 'Check host and port, and that this port speaks TLS.' : 'Check host and port; if the server wants TLS, write rediss://.';
  if (error instanceof TooSlowError) return new UserError(`What listens at ${shown} does not answer as Redis does.`, checkTls);
  if (/Connection is closed/u.test(text)) return new UserError(`The connection to Redis at ${shown} is lost and did not come back.`, 'Start the server again, then run the same command.');
  if (/NOAUTH/u.test(text)) return new UserError(`Redis at ${shown} wants a password.`, `Write redis://user:password@${shown}, or set ${passwordVariable}.`);
  if (/WRONGPASS|invalid password|AUTH <password> called|without any password/u.test(text)) return new UserError(`Redis at ${shown} refuses the name or the password.`, `Check the part of the address before "@", or ${passwordVariable}.`);
  if (/NOPERM/u.test(text)) return new UserError(`Redis at ${shown} does not let this user do what a queue needs.`, 'Give the user all commands on the keys mobilefacenet:* (ACL SETUSER NAME ~mobilefacenet:* +@all).');
  if (/^READONLY/u.test(text)) return new UserError(`Redis at ${shown} is a read-only replica.`, 'Give the address of the primary server.');
  if (/^(MOVED|CLUSTERDOWN|CROSSSLOT)/u.test(text)) return new UserError(`Redis at ${shown} is a part of a cluster.`, 'Give the address of a single server.');
  if (/^Protocol error/u.test(text)) return new UserError(`What listens at ${shown} is not Redis.`, checkTls);
  if (/^OOM/u.test(text)) return new UserError(`Redis at ${shown} has no memory left.`, 'Give it more (maxmemory), or empty it.');
  switch (errorCode(error)) {
    case 'ECONNRESET':
    case 'EPIPE':
      return new UserError(`What listens at ${shown} closes the connection.`, checkTls);
    case 'ECONNREFUSED':
      return new UserError(`Nothing listens at ${shown}.`, check);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UserError(`The host of ${shown} is not known.`, 'Check its name.');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new UserError(`${shown} cannot be reached.`, tls ? `${check.slice(0, -1)}, and that this port speaks TLS.` : check);
    default:
  }
  if (/certificate|self.signed|CERT|altname/iu.test(`${text} ${errorCode(error) ?? ''}`)) return new UserError(`The certificate of Redis at ${shown} is not trusted: ${text}.`, 'Name the file of your authority in NODE_EXTRA_CA_CERTS.');
  if (/SSL|TLS|wrong version number/iu.test(text)) return new UserError(`${shown} does not speak TLS.`, 'Write redis:// instead of rediss://, or give the port for TLS.');
  return new UserError(`Redis at ${shown} cannot be used: ${text}`, check);
}

class TooSlowError extends Error {}

async function inTime(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let stop: () => void = () => undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new TooSlowError()), answerLimitMs);
    const cancel = (): void => reject(new CancelledError('Connecting to Redis'));
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    stop();
  }
}

async function requireQueueServer(client: Redis, shown: string): Promise<void> {
  const version = /^redis_version:(\d+)/mu.exec(await client.info('server'))?.[1];
  if (version !== undefined && Number(version) < oldestMajor) throw new UserError(`Redis at ${shown} is version ${version}.`, `Use Redis ${oldestMajor} or newer, or Valkey.`);
}
