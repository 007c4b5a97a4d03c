import { UserError } from '../../base/user-error';

/** Where a Redis or Valkey server is, and how to log in. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Number of the database, 0 where the address names none. */
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
  /** Speak TLS (`rediss://`). */
  readonly tls: boolean;
  /** For messages: without name and password. */
  readonly shown: string;
}

const defaultPort = 6379;
const example = 'Give an address such as redis://10.0.0.5:6379, redis://user:password@host:6379/0, or rediss://host:6380 for TLS.';

/** The password may be given here, so that it is not seen in the list of processes. */
export const passwordVariable = 'MOBILEFACENET_REDIS_PASSWORD';

/**
 * Reads `redis://[user[:password]@]host[:port][/database]` or `rediss://...` (TLS). Names and passwords are percent-encoded, as in any address.
 * @param env `MOBILEFACENET_REDIS_PASSWORD` is the password where the address has none
 * @throws UserError that never repeats the address, because it may hold a password
 */
export function parseRedisAddress(text: string, env: NodeJS.ProcessEnv = {}): RedisAddress {
  const url = URL.parse(text);
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') throw wrongAddress('is no redis:// or rediss:// address');
  if (url.search !== '' || url.hash !== '') throw wrongAddress('has something behind the number of the database; a "?" or "#" in a password is written %3F or %23');
  const database = /^\/?(\d{0,5})$/u.exec(url.pathname)?.[1];
  if (database === undefined) throw wrongAddress('ends in something that is no number of a database');
  const username = decode(url.username);
  const password = decode(url.password) || env[passwordVariable] || '';
  const host = url.hostname.replace(/^\[(.*)\]$/u, '$1');
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    host, port, database: Number(database), tls: url.protocol === 'rediss:', shown: `${url.hostname}:${port}`,
    ...(username !== '' && { username }), ...(password !== '' && { password }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongAddress('has a "%" in its name or password that begins no percent-encoded character; "%" itself is written %25');
  }
}

function wrongAddress(what: string): UserError {
  return new UserError(`The text behind --redis ${what}.`, example);
}
