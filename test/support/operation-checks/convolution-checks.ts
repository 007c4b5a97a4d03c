import type { OperationCheck } from './operation-check';

const windows = [['same', 1], ['same', 2], ['valid', 1], ['valid', 2]] as const;

/** Convolutions and pooling with every padding and stride, and their gradients. avgPool 'same' at stride 1 has a check of its own. */
const windowChecks = windows.flatMap(([padding, strides]): OperationCheck[] => {
  const window = `${padding}/${strides}`;
  return [
    { name: `conv2d ${window}`, run: (s) => s.tf.conv2d(s.random([2, 9, 9, 3]), s.random([3, 3, 3, 4], 2), strides, padding) },
    {
      name: `conv2d gradient ${window}`,
      run: (s) => s.gradients((x, w) => s.tf.conv2d(x, w, strides, padding), [s.random([2, 9, 9, 3]), s.random([3, 3, 3, 4], 2)]),
    },
    { name: `depthwise ${window}`, run: (s) => s.tf.depthwiseConv2d(s.random([2, 9, 9, 3]), s.random([3, 3, 3, 2], 2), strides, padding) },
    {
      name: `depthwise gradient ${window}`,
      run: (s) => s.gradients((x, w) => s.tf.depthwiseConv2d(x, w, strides, padding), [s.random([2, 9, 9, 3]), s.random([3, 3, 3, 1], 2)]),
    },
    { name: `maxPool gradient ${window}`, run: (s) => s.gradients((x) => s.tf.maxPool(x, 2, strides, padding), [s.random([2, 8, 8, 3])]) },
    ...(window === 'same/1'
      ? []
      : [{ name: `avgPool gradient ${window}`, run: (s) => s.gradients((x) => s.tf.avgPool(x, 2, strides, padding), [s.random([2, 8, 8, 3])]) } satisfies OperationCheck]),
  ];
});

export const convolutionChecks: readonly OperationCheck[] = [
  ...windowChecks,
  { name: 'conv2d dilated', run: (s) => s.tf.conv2d(s.random([1, 9, 9, 2]), s.random([3, 3, 2, 2], 3), 1, 'same', 'NHWC', 2) },
  {
    name: 'conv2dTranspose gradient',
    run: (s) => s.gradients((x, w) => s.tf.conv2dTranspose(x, w, [1, 8, 8, 3], 2, 'same'), [s.random([1, 4, 4, 2]), s.random([3, 3, 3, 2], 2)]),
  },
  {
    name: 'separableConv2d',
    run: (s) => s.tf.separableConv2d(s.random([1, 8, 8, 3]), s.random([3, 3, 3, 1], 2), s.random([1, 1, 3, 5], 3), 1, 'same'),
  },
  { name: 'conv1d gradient', run: (s) => s.gradients((x, w) => s.tf.conv1d(x, w, 1, 'same'), [s.random([2, 8, 3]), s.random([3, 3, 4], 2)]) },
  { name: 'conv3d gradient', run: (s) => s.gradients((x, w) => s.tf.conv3d(x, w, 1, 'same'), [s.random([1, 4, 4, 4, 2]), s.random([2, 2, 2, 2, 2], 2)]) },
  {
    name: 'batchNorm gradient',
    run: (s) =>
      s.gradients(
        (x, mean, variance, offset, scale) => s.tf.batchNorm(x, mean, variance.square().add(0.5), offset, scale),
        [s.random([2, 4, 4, 3]), s.random([3], 2), s.random([3], 3), s.random([3], 4), s.random([3], 5)],
      ),
  },
  { name: 'prelu gradient', run: (s) => s.gradients((x, alpha) => s.tf.prelu(x, alpha), [s.random([3, 4]), s.random([4], 2)]) },
  { name: 'local response normalisation gradient', run: (s) => s.gradients((x) => s.tf.localResponseNormalization(x, 2), [s.random([1, 3, 3, 4])]) },
  {
    name: 'fused conv2d, depthwise, matMul',
    run: (s) => [
      s.tf.fused.conv2d({ x: s.random([1, 6, 6, 3]), filter: s.random([3, 3, 3, 4], 2), strides: 1, pad: 'same', bias: s.random([4], 3), activation: 'relu' }),
      s.tf.fused.depthwiseConv2d({ x: s.random([1, 6, 6, 3]), filter: s.random([3, 3, 3, 1], 2), strides: 1, pad: 'same', bias: s.random([3], 3), activation: 'relu6' }),
      s.tf.fused.matMul({ a: s.random([2, 3]), b: s.random([3, 4], 2), bias: s.random([4], 3), activation: 'relu' }),
    ],
  },
];
