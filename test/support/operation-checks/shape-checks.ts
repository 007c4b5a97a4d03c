import type * as tfjs from '@tensorflow/tfjs';
import type { OperationCheck } from './operation-check';

type Reduction = (x: tfjs.Tensor, axis: number) => tfjs.Tensor;

const reductionNames = ['sum', 'mean', 'max', 'min', 'prod', 'logSumExp', 'argMax', 'argMin', 'cumsum'] as const;

/** Reductions, products, and everything that moves values around. */
export const shapeChecks: readonly OperationCheck[] = [
  ...reductionNames.map((name): OperationCheck => ({ name, run: (s) => (s.tf[name] as Reduction)(s.random([3, 4]), 1) })),
  {
    name: 'topk',
    run: (s) => {
      const { values, indices } = s.tf.topk(s.random([3, 9]), 3);
      return [values, indices];
    },
  },
  { name: 'gather gradient', run: (s) => s.gradients((x) => s.tf.gather(x, s.tf.tensor1d([0, 2, 2], 'int32')), [s.random([4, 3])]) },
  { name: 'matMul gradient, transposed', run: (s) => s.gradients((a, b) => s.tf.matMul(a, b, true, true), [s.random([3, 4]), s.random([5, 3], 2)]) },
  { name: 'batched matMul', run: (s) => s.tf.matMul(s.random([2, 3, 4]), s.random([2, 4, 5], 2)) },
  {
    name: 'pad, mirrorPad',
    run: (s) => [s.tf.pad(s.random([2, 3]), [[1, 1], [0, 2]]), s.tf.mirrorPad(s.random([3, 3]), [[1, 1], [1, 1]], 'reflect')],
  },
  {
    name: 'slice, stridedSlice, reverse, tile, stack, unstack, split, concat, transpose',
    run: (s) => {
      const { tf } = s;
      const x = s.random([4, 6]);
      return [
        tf.slice(x, [1, 2], [2, 3]), tf.stridedSlice(x, [0, 0], [4, 6], [2, 2]), tf.reverse(x, 1), tf.tile(x, [2, 1]), tf.stack([x, x]),
        ...tf.unstack(x), ...tf.split(x, 3, 1), tf.concat([x, x], 1), tf.transpose(x),
      ];
    },
  },
  {
    name: 'oneHot, where, cast, fill, range, linspace',
    run: (s) => [
      s.tf.oneHot(s.tf.tensor1d([0, 2], 'int32'), 4), s.tf.where(s.random([4]).greater(0), s.random([4], 2), s.random([4], 3)), s.random([4]).mul(9).cast('int32'),
      s.tf.fill([2], 3), s.tf.range(0, 5), s.tf.linspace(0, 1, 5),
    ],
  },
  { name: 'einsum', run: (s) => s.tf.einsum('ij,jk->ik', s.random([2, 3]), s.random([3, 4], 2)) },
  {
    name: 'rfft',
    run: (s) => {
      const spectrum = s.tf.spectral.rfft(s.random([8]));
      return [s.tf.real(spectrum), s.tf.imag(spectrum)];
    },
  },
  {
    name: 'spaceToBatchND, depthToSpace',
    run: (s) => [s.tf.spaceToBatchND(s.random([1, 4, 4, 1]), [2, 2], [[0, 0], [0, 0]]), s.tf.depthToSpace(s.random([1, 2, 2, 4]), 2)],
  },
  {
    name: 'scatterND, gatherND',
    run: (s) => [
      s.tf.scatterND(s.tf.tensor2d([[1], [3]], [2, 1], 'int32'), s.random([2]), [5]),
      s.tf.gatherND(s.random([3, 3]), s.tf.tensor2d([[0, 1], [2, 2]], [2, 2], 'int32')),
    ],
  },
];
