import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { readKerasConfig, type KerasNetwork } from '../../../../src/network/formats/keras/keras-config';

type LayerConfig = readonly [className: string, config?: Readonly<Record<string, unknown>>];

/** A sequential model in the form of Keras 2 on a picture of 16 x 16; layers are called after their class and place. */
function read(...layers: readonly LayerConfig[]): KerasNetwork {
  const listed = layers.map(([className, config = {}], i) => ({ class_name: className, config: { name: `${className.toLowerCase()}_${i + 1}`, ...config } }));
  return readKerasConfig({ class_name: 'Sequential', config: { layers: [{ class_name: 'InputLayer', config: { name: 'picture', batch_input_shape: [null, 16, 16, 3] } }, ...listed] } }, 'net.h5');
}

const kinds = ({ layers }: KerasNetwork): string[] => layers.slice(1).map(({ kind }) => kind);
const conv = (config: Readonly<Record<string, unknown>> = {}): LayerConfig => ['Conv2D', { filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: 'same', ...config }];

test('activations inside of layers, and those that have several names, become layers of their own', () => {
  assert.deepEqual(kinds(read(conv({ activation: 'relu' }), ['ReLU', { negative_slope: 0.1 }], ['ReLU', { max_value: 6 }], ['Activation', { activation: 'linear' }], ['Activation', { activation: 'leaky_relu' }])), ['conv2d', 'relu', 'leakyRelu', 'relu', 'leakyRelu']);
  const { layers, output } = read(conv({ activation: 'relu6' }), ['Flatten'], ['Dense', { units: 3, activation: 'relu' }]);
  assert.deepEqual(layers.find(({ name }) => name === 'conv2d_1_activation'), { kind: 'relu', name: 'conv2d_1_activation', input: 'conv2d_1', maxValue: 6 });
  assert.equal(output, 'dense_3_activation');
});

test('a separable convolution becomes two, with its weights at their layers', () => {
  const network = read(['SeparableConv2D', { filters: 8, kernel_size: 3, strides: 2, padding: 'same', use_bias: false }]);
  assert.deepEqual(kinds(network), ['depthwiseConv2d', 'conv2d']);
  assert.deepEqual(network.moved.map(({ layer, name, fileName }) => `${layer}/${name} is ${fileName}`), ['separableconv2d_1_depthwise/depthwise_kernel is depthwise_kernel', 'separableconv2d_1/kernel is pointwise_kernel']);
});

test('means are depthwise convolutions of equal weights, and a pixel that Keras reshapes stays an image', () => {
  const network = read(conv(), ['GlobalAveragePooling2D'], ['Reshape', { target_shape: [1, 1, 4] }], conv({ kernel_size: [1, 1] }), ['Flatten']);
  assert.deepEqual(kinds(network), ['conv2d', 'depthwiseConv2d', 'flatten', 'conv2d', 'flatten']);
  const [given] = network.given;
  assert.deepEqual(given?.weight.shape, [16, 16, 4, 1]);
  assert.ok(given.weight.data.every((value) => value === 1 / 256));
  assert.deepEqual(kinds(read(['AveragePooling2D', { pool_size: [2, 2] }], conv())), ['depthwiseConv2d', 'conv2d']);
});

test('a batch normalisation without scale or centre gets ones or zeros', () => {
  const { given } = read(conv(), ['BatchNormalization', { scale: false }], ['BatchNormalization', { center: false }]);
  assert.deepEqual(given.map(({ layer, name, weight }) => [layer, name, [...weight.data]]), [['batchnormalization_2', 'gamma', [1, 1, 1, 1]], ['batchnormalization_3', 'beta', [0, 0, 0, 0]]]);
});

test('Rescaling says how pixels enter, and an L2 normalisation at the end is left out', () => {
  assert.deepEqual(read(['Rescaling', { scale: 0.0078125, offset: -1 }], conv()).normalization, { mean: 128, deviation: 128 });
  const { notes, output } = read(conv(), ['Flatten'], ['UnitNormalization', { axis: -1 }]);
  assert.equal(output, 'flatten_2');
  assert.match(notes.join(), /L2 normalisation at the end was left out/);
});

test('what is not known is named with its layer and its shape', () => {
  const refused = (layers: readonly LayerConfig[], message: RegExp): void => assert.throws(() => read(...layers), (error) => error instanceof UserError && message.test(error.message));
  refused([conv(), ['MaxPooling2D']], /Layer maxpooling2d_2 \(MaxPooling2D, on 16 x 16 x 4\) of net\.h5 is a MaxPooling2D, which is not known here/);
  refused([conv({ kernel_size: [3, 1] })], /Layer conv2d_1 \(Conv2D, on 16 x 16 x 3\) of net\.h5 has windows or strides that are not square/);
  refused([conv({ dilation_rate: [2, 2] })], /is dilated or grouped/);
  refused([conv(), ['Activation', { activation: 'swish' }]], /on 16 x 16 x 4\) of net\.h5 has the activation swish/);
  refused([conv(), ['PReLU', { shared_axes: null }]], /does not share its slopes/);
  refused([conv(), ['Rescaling', { scale: 2 }]], /rescales something else than the picture/);
  refused([conv(), ['UnitNormalization', {}], ['Flatten']], /is an L2 normalisation in the middle of the network/);
  refused([conv(), ['Lambda', { name: 'l2' }]], /Layer l2 \(Lambda, on 16 x 16 x 4\) of net\.h5 is a Lambda/);
  refused([conv(), ['AveragePooling2D', { pool_size: 2, padding: 'same' }]], /averages over a padded map/);
  refused([conv({ kernel_size: 20, padding: 'valid' }), ['Flatten'], conv()], /Layer conv2d_3 .* does not fit to what it reads/);
});
