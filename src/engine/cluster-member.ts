/** The place of this process among those that train together over TensorFlow's own runtime. */
export interface ClusterMember {
  /** 0..ranks-1 */
  readonly rank: number;
  /** `host:port` of each rank, in their order. */
  readonly addresses: readonly string[];
  /** IP address of this machine that connections are taken at; all others are dropped. */
  readonly listenOn: string;
  /** IP addresses that connections are taken from; absent: from any that reaches `listenOn`. */
  readonly acceptFrom?: readonly string[] | undefined;
}
