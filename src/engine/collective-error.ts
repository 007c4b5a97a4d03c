/** A run with collectives failed: another member of the cluster is gone, or did not do its part in time. */
export class CollectiveError extends Error {
  override readonly name = 'CollectiveError';
}
