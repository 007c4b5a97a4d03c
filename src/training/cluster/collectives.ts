/** TensorFlow's collective operations (collective_ops.cc) over all ranks of a cluster. */
import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import type { AttrValue } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';

/** One collective of a graph. */
export interface Collective {
  readonly ranks: number;
  /** Tells the collectives of a process apart, whatever graph they are in; the same on every rank. */
  readonly instance: number;
  /** How long it may take from this rank's side until all have done their part; then it fails. */
  readonly timeoutSeconds: number;
}

/** All devices of all ranks are one group. */
const groupKey = 1;

/** The sum over the ranks, the same bits on each of them. */
export function allReduceSum(g: GraphBuilder, x: GraphTensor, collective: Collective): GraphTensor {
  return g.op1({
    op: 'CollectiveReduceV2', inputs: [x, ...keys(g, collective)], outputs: [{ shape: x.shape, dtype: x.dtype }],
    attrs: { ...attributes(x, collective, 'ring'), merge_op: { kind: 'string', value: 'Add' }, final_op: { kind: 'string', value: 'Id' } },
  });
}

/** The tensors of all ranks, [ranks * n, ...], one after another. @param x [n, ...], of the same shape on all ranks */
export function allGather(g: GraphBuilder, x: GraphTensor, collective: Collective): GraphTensor {
  const [first = 1, ...rest] = x.shape;
  return g.op1({
    op: 'CollectiveGatherV2', inputs: [x, ...keys(g, collective)], outputs: [{ shape: [collective.ranks * first, ...rest], dtype: x.dtype }],
    attrs: attributes(x, collective, 'ring'),
  });
}

/** Hands `x` of this rank to all others. */
export function broadcastSend(g: GraphBuilder, x: GraphTensor, collective: Collective): GraphTensor {
  return g.op1({
    op: 'CollectiveBcastSendV2', inputs: [x, ...keys(g, collective)], outputs: [{ shape: x.shape, dtype: x.dtype }], attrs: attributes(x, collective, 'auto'),
  });
}

/** What the one sending rank sends. */
export function broadcastReceive(g: GraphBuilder, like: Pick<GraphTensor, 'shape' | 'dtype'>, collective: Collective): GraphTensor {
  return g.op1({
    op: 'CollectiveBcastRecvV2', inputs: [...keys(g, collective), g.int32(like.shape)], outputs: [like],
    attrs: { ...attributes(like, collective, 'auto'), Tshape: ops.int32Type },
  });
}

function keys(g: GraphBuilder, { ranks, instance }: Collective): GraphTensor[] {
  return [ranks, groupKey, instance].map((value) => g.int32([value], []));
}

function attributes({ dtype }: Pick<GraphTensor, 'dtype'>, { timeoutSeconds }: Collective, hint: string): Record<string, AttrValue> {
  return { T: { kind: 'type', value: dtype }, communication_hint: { kind: 'string', value: hint }, timeout_seconds: { kind: 'float', value: timeoutSeconds } };
}
