/** Limits of the waits on a server, in milliseconds. */
export interface NetworkTimeouts {
  /** From a request to the head of its response, including name look-up, proxy and redirects. */
  readonly responseMs: number;
  /** Longest silence in the middle of a response's body. */
  readonly idleMs: number;
}
