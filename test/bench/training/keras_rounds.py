"""MobileFaceNet (Chen et al. 2018, table 1) with ArcFace in Keras, its training step compiled by tf.function."""
import math
import os

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from rounds import options, serve


def normalized(x, activation):
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-3)(x)
    return layers.PReLU(shared_axes=[1, 2])(x) if activation else x


def convolution(x, filters, size, strides, activation=True):
    return normalized(layers.Conv2D(filters, size, strides=strides, padding='same', use_bias=False)(x), activation)


def depthwise(x, size, strides, activation=True, padding='same'):
    return normalized(layers.DepthwiseConv2D(size, strides=strides, padding=padding, use_bias=False)(x), activation)


def bottleneck(x, expansion, filters, strides):
    channels = x.shape[-1]
    y = depthwise(convolution(x, channels * expansion, 1, 1), 3, strides)
    y = convolution(y, filters, 1, 1, activation=False)
    return layers.Add()([x, y]) if strides == 1 and channels == filters else y


def network():
    images = layers.Input((112, 112, 3))
    x = depthwise(convolution(images, 64, 3, 2), 3, 1)
    for expansion, filters, repeats, strides in [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]:
        for repeat in range(repeats):
            x = bottleneck(x, expansion, filters, strides if repeat == 0 else 1)
    x = depthwise(convolution(x, 512, 1, 1), 7, 1, activation=False, padding='valid')
    x = convolution(x, 128, 1, 1, activation=False)
    return keras.Model(images, layers.Flatten()(x))


class ArcFace(layers.Layer):
    """Deng et al. 2019, equation 3, with cos(theta) - m sin(m) past pi - m."""

    def __init__(self, identities, scale=64.0, margin=0.5):
        super().__init__()
        self.identities, self.scale, self.margin = identities, scale, margin

    def build(self, shapes):
        self.centres = self.add_weight(shape=(shapes[0][-1], self.identities), initializer='glorot_uniform')

    def call(self, inputs):
        embedding, labels = inputs
        cosines = tf.matmul(tf.nn.l2_normalize(embedding, 1), tf.nn.l2_normalize(self.centres, 0))
        own_places = tf.stack([tf.range(tf.shape(cosines)[0]), labels], 1)
        own = tf.gather_nd(cosines, own_places)
        sine = tf.sqrt(tf.maximum(1 - own * own, 1e-7))
        shifted = own * math.cos(self.margin) - sine * math.sin(self.margin)
        shifted = tf.where(own > -math.cos(self.margin), shifted, own - self.margin * math.sin(self.margin))
        return self.scale * tf.tensor_scatter_nd_update(cosines, own_places, shifted)


def training_step(images, labels, identities):
    embedder = network()
    label_input = layers.Input((), dtype='int32')
    model = keras.Model([embedder.input, label_input], ArcFace(identities)([embedder.output, label_input]))
    optimizer = keras.optimizers.SGD(0.001, momentum=0.9)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model([x, y], training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return lambda: step(images, labels).numpy()


def inference_step(images):
    embedder = network()
    embed = tf.function(lambda x: embedder(x, training=False))
    return lambda: embed(images).numpy()


def main():
    given = options()
    tf.config.threading.set_intra_op_parallelism_threads(given.threads)
    tf.config.threading.set_inter_op_parallelism_threads(given.threads)
    random = np.random.RandomState(1)
    images = tf.constant(random.randn(given.batch, 112, 112, 3).astype('float32'))
    labels = tf.constant(random.randint(0, given.identities, given.batch).astype('int32'))
    step = training_step(images, labels, given.identities) if given.mode == 'step' else inference_step(images)
    serve(f'Keras {keras.__version__}, TensorFlow {tf.__version__}', step, {'libraryFolder': os.path.dirname(tf.__file__)})


main()
