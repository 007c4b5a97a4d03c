/**
 * Python that makes files as the original project makes them: its layers' names and wiring, in Keras 2's HDF5 layout (written with
 * h5py) or in what Keras 3 writes, with random weights, and the embedding that Keras computes of input.json.
 */
export const makeOriginalFiles = `
import json, os, sys
import h5py, keras, numpy as np
from keras import layers as L
folder = sys.argv[1]
random = np.random.default_rng(7)
image_size, width = 64, 0.25
ch = lambda n: int(n * width)

@keras.saving.register_keras_serializable()
class ArcFaceLossLayer(L.Layer):
    def __init__(self, class_num=5, **kwargs):
        super().__init__(**kwargs)
        self.class_num = class_num
    def build(self, shapes):
        self.W = self.add_weight(shape=(shapes[0][-1], self.class_num), name="arc_kernel")
    def call(self, inputs):
        return keras.ops.softmax(keras.ops.matmul(inputs[0], self.W))
    def get_config(self):
        return {**super().get_config(), "class_num": self.class_num}

def network(blocks, strided, variant, head):
    keras.utils.clear_session()
    image = L.Input((image_size, image_size, 3))
    leaky = lambda name, x: L.LeakyReLU(negative_slope=0.3, name=name)(x)
    x = L.ZeroPadding2D(((1, 1), (1, 1)), name="conv1_pad")(image)
    x = L.Conv2D(ch(64), 3, strides=2, padding="valid", use_bias=False, name="conv1")(x)
    x = leaky("conv1_relu", L.BatchNormalization(name="conv1_bn")(x))
    for i in range(blocks):
        stride = 2 if i in strided else 1
        if stride == 2: x = L.ZeroPadding2D(((1, 1), (1, 1)), name=f"conv_pad_{i}")(x)
        x = L.DepthwiseConv2D(3, strides=stride, padding="valid" if stride == 2 else "same", use_bias=False, name=f"conv_dw_{i}")(x)
        x = leaky(f"conv_dw_{i}_relu", L.BatchNormalization(name=f"conv_dw_{i}_bn")(x))
        x = L.Conv2D(ch(64 if i < 6 else 128), 1, padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
        x = leaky(f"conv_pw_{i}_relu", L.BatchNormalization(name=f"conv_pw_{i}_bn")(x))
    def pointwise(x, filters):
        return leaky(f"conv_pw_{filters}_relu", L.BatchNormalization()(L.Conv2D(filters, 1, padding="valid")(x)))
    if variant == "Full": x = pointwise(x, 512 // 4)
    x = L.BatchNormalization()(L.DepthwiseConv2D(image_size // 16, padding="valid")(x))
    if variant in ("M", "Full"): x = pointwise(x, 32)
    if head: x = L.Dropout(0.1)(x)
    embedding = L.BatchNormalization()(L.Dense(32)(L.Flatten()(x)))
    if head == "arcface":
        label = L.Input((5,))
        model = keras.Model([image, label], ArcFaceLossLayer(5)([embedding, label]))
    elif head == "softmax":
        model = keras.Model(image, L.Dense(5, activation="softmax")(embedding))
    else:
        model = keras.Model(image, embedding)
    for layer in model.layers:
        values = []
        for w in layer.weights:
            fan = np.prod(w.shape[:-1] if "depthwise" not in layer.name and "conv_dw" not in layer.name else w.shape[:2])
            spread = random.uniform(0.5, 1.5, w.shape) if w.name in ("gamma", "moving_variance") else random.normal(0, 0.1, w.shape) if len(w.shape) == 1 else random.normal(0, np.sqrt(2 / fan), w.shape)
            values.append(spread.astype(np.float32))
        if values: layer.set_weights(values)
    return model, keras.Model(image, embedding)

def names_of(layer):
    kernel = "depthwise_kernel" if isinstance(layer, L.DepthwiseConv2D) else "kernel"
    return [f"{layer.name}/{kernel if w.name == 'kernel' else w.name}:0" for w in layer.weights]

def keras2_config(model):
    def layer_config(layer):
        config = {k: v for k, v in layer.get_config().items() if isinstance(v, (str, int, float, bool, tuple, list, type(None)))}
        config["dtype"] = "float32"
        if isinstance(layer, L.InputLayer): config["batch_input_shape"] = config.pop("batch_shape")
        if isinstance(layer, L.LeakyReLU): config["alpha"] = config.pop("negative_slope")
        tensors = [] if isinstance(layer, L.InputLayer) else layer.input if isinstance(layer.input, list) else [layer.input]
        previous = [t._keras_history.operation.name for t in tensors]
        return {"class_name": type(layer).__name__, "name": layer.name, "config": config, "inbound_nodes": [[[p, 0, 0, {}] for p in previous]] if previous else []}
    return {"class_name": "Functional", "config": {"name": "mobile_face_net", "layers": [layer_config(l) for l in model.layers],
        "input_layers": [[i._keras_history.operation.name, 0, 0] for i in model.inputs], "output_layers": [[model.outputs[0]._keras_history.operation.name, 0, 0]]}}

def save_keras2(model, file, whole):
    with h5py.File(file, "w") as f:
        g = f
        if whole:
            f.attrs["model_config"] = json.dumps(keras2_config(model)).encode()
            g = f.create_group("model_weights")
        g.attrs["layer_names"] = [l.name.encode() for l in model.layers]
        g.attrs["keras_version"] = b"2.4.0"
        for layer in model.layers:
            group = g.create_group(layer.name)
            group.attrs["weight_names"] = [n.encode() for n in names_of(layer)]
            for name, value in zip(names_of(layer), layer.get_weights()): group.create_dataset(name, data=value)

train, infer = (15, (1, 6, 12)), (16, (1, 6, 13))
facts = json.load(open(os.path.join(folder, "input.json")))
x = (np.array(facts["pixels"], np.float32) / 127.5 - 1).reshape(facts["shape"])
results = {}
def make(name, net, variant, head, save):
    model, embedder = network(*net, variant, head)
    save(model, os.path.join(folder, name))
    y = np.asarray(embedder(x), np.float64)
    results[name] = (y / np.linalg.norm(y, axis=1, keepdims=True)).ravel().tolist()
make("train-s-arcface.h5", train, "S", "arcface", lambda m, f: save_keras2(m, f, True))
make("train-full-weights.h5", train, "Full", "arcface", lambda m, f: save_keras2(m, f, False))
make("train-m-softmax-weights.h5", train, "M", "softmax", lambda m, f: save_keras2(m, f, False))
make("infer-m.h5", infer, "M", None, lambda m, f: save_keras2(m, f, True))
make("keras3-m-softmax.h5", train, "M", "softmax", lambda m, f: m.save(f))
print(json.dumps(results))
`;
