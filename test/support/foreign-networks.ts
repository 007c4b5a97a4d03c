/**
 * Python that makes face networks as others make them: InsightFace's MobileFaceNet in PyTorch, exported to ONNX, with random weights,
 * and what ONNX Runtime computes of input.json.
 */
export const makeTorchNetworks = `
import json, os, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np, onnx, onnxruntime, torch
from torch import nn
folder = sys.argv[1]
size, width = 64, 16
torch.manual_seed(3)

class Block(nn.Sequential):
    def __init__(self, i, o, k=1, s=1, p=0, groups=1, act=None):
        super().__init__(nn.Conv2d(i, o, k, s, p, groups=groups, bias=False), nn.BatchNorm2d(o), *([act(o)] if act else []))

class DepthWise(nn.Module):
    def __init__(self, i, o, groups, act, s=2, residual=False):
        super().__init__()
        self.residual = residual
        self.layers = nn.Sequential(Block(i, groups, act=act), Block(groups, groups, 3, s, 1, groups, act), Block(groups, o))
    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)

class MobileFaceNet(nn.Module):
    def __init__(self, act, end):
        super().__init__()
        w = width
        residual = lambda c, g, n: [DepthWise(c, c, g, act, 1, True) for _ in range(n)]
        self.layers = nn.Sequential(Block(3, w, 3, 2, 1, act=act), Block(w, w, 3, 1, 1, w, act), DepthWise(w, w, 2 * w, act), *residual(w, 2 * w, 2),
            DepthWise(w, 2 * w, 4 * w, act), *residual(2 * w, 4 * w, 1), DepthWise(2 * w, 2 * w, 4 * w, act))
        self.sep = Block(2 * w, 4 * w, act=act)
        self.features = end(4 * w)
    def forward(self, x):
        return self.features(self.sep(self.layers(x)))

class GDC(nn.Module):
    def __init__(self, c, bias=False):
        super().__init__()
        self.layers = nn.Sequential(Block(c, c, size // 16, groups=c), nn.Flatten(), nn.Linear(c, 32, bias=bias), nn.BatchNorm1d(32))
    def forward(self, x):
        return self.layers(x)

class Norm(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv, self.linear = Block(c, c, size // 16, groups=c), nn.Conv2d(c, 32, 1)
    def forward(self, x):
        x = self.linear(self.conv(x))
        return nn.functional.normalize(x.view(x.size(0), -1))

class Pooled(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.bn, self.linear = nn.BatchNorm2d(c), nn.Linear(c, 32)
    def forward(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.bn(x), 1)
        return nn.functional.normalize(self.linear(x.flatten(1)), dim=1)

class Flat(nn.Sequential):
    "The head of InsightFace's residual networks."
    def __init__(self, c):
        super().__init__(nn.BatchNorm2d(c), nn.Dropout(0.4), nn.Flatten(), nn.Linear(c * (size // 16) ** 2, 32), nn.BatchNorm1d(32))

class PreActivated(nn.Module):
    "A block as InsightFace's residual networks have it: batch normalisation, 3x3, PReLU, 3x3 with stride 2, and a convolution beside it."
    def __init__(self, i, o):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(i), nn.Conv2d(i, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o), nn.PReLU(o), nn.Conv2d(o, o, 3, 2, 1, bias=False), nn.BatchNorm2d(o))
        self.beside = nn.Sequential(nn.Conv2d(i, o, 1, 2, bias=False), nn.BatchNorm2d(o))
    def forward(self, x):
        return self.body(x) + self.beside(x)

class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.PReLU(8), *[PreActivated(i, o) for i, o in ((8, 8), (8, 16), (16, 16), (16, 32))])
        self.head = Flat(32)
    def forward(self, x):
        return self.head(self.layers(x))

class Scaled(nn.Module):
    "Takes pixels as they are, with a mean and a deviation for each channel."
    def __init__(self, net):
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1))
    def forward(self, x):
        return self.net((x - self.mean) / self.std)

def shake(net):
    "Weights, statistics and slopes as after a training."
    for m in net.modules():
        if isinstance(m, (nn.BatchNorm2d, nn.BatchNorm1d)):
            nn.init.uniform_(m.weight, 0.6, 1.4); nn.init.normal_(m.bias, 0, 0.2); m.running_mean.normal_(0, 0.2); m.running_var.uniform_(0.4, 1.4)
        if isinstance(m, nn.PReLU): nn.init.uniform_(m.weight, -0.1, 0.6)
        if isinstance(m, nn.Conv2d): nn.init.kaiming_normal_(m.weight)
    return net.eval()

networks = {
    "prelu": (MobileFaceNet(nn.PReLU, GDC), 127.5, 128), "leaky": (MobileFaceNet(lambda c: nn.LeakyReLU(0.1), GDC), 127.5, 128), "relu6": (MobileFaceNet(lambda c: nn.ReLU6(), Norm), 127.5, 128),
    "pooled": (MobileFaceNet(nn.PReLU, Pooled), 127.5, 128), "residual": (Residual(), 127.5, 128), "scaled": (Scaled(MobileFaceNet(nn.PReLU, lambda c: GDC(c, True))), 0, 1),
}
facts = json.load(open(os.path.join(folder, "input.json")))
pixels = np.transpose(np.array(facts["pixels"], np.float32).reshape(facts["shape"]), (0, 3, 1, 2))
results = {}
def run(name, mean, std):
    y = np.asarray(onnxruntime.InferenceSession(os.path.join(folder, name + ".onnx")).run(None, {"input": (pixels - np.float32(mean)) / np.float32(std)})[0], np.float64)
    results[name] = (y / np.linalg.norm(y, axis=1, keepdims=True)).ravel().tolist()
for name, (net, mean, std) in networks.items():
    shake(net)
    free = {} if name == "leaky" else {"dynamic_axes": {"input": {0: "batch"}, "output": {0: "batch"}}}
    for folded in (False, True):
        file = name + ("-folded" if folded else "")
        mode = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
        x = torch.zeros(1 if free else facts["shape"][0], 3, size, size)
        torch.onnx.export(net, x, os.path.join(folder, file + ".onnx"), input_names=["input"], output_names=["output"], opset_version=13 if folded else 17,
            training=mode, do_constant_folding=folded, dynamo=False, **free)
        run(file, mean, std)
model = onnx.load(os.path.join(folder, "prelu.onnx"))
onnx.save(model, os.path.join(folder, "external.onnx"), save_as_external_data=True, location="external.data", size_threshold=64)
run("external", 127.5, 128)
print(json.dumps(results))
`;

/** Networks of Keras layers that this product does not use itself, saved as .h5 and converted to TensorFlow Lite, with what Keras and the interpreter compute. */
export const makeKerasNetworks = `
import json, os, sys
import keras, numpy as np, tensorflow as tf
from keras import layers as L
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
folder = sys.argv[1]
random = np.random.default_rng(5)
size = 64
facts = json.load(open(os.path.join(folder, "input.json")))
pixels = np.array(facts["pixels"], np.float32).reshape(facts["shape"])

def block(x, filters, stride, act, same=True):
    if not same and stride == 2: x = L.ZeroPadding2D(1)(x)
    x = L.DepthwiseConv2D(3, stride, padding="same" if same or stride == 1 else "valid", use_bias=False)(x)
    x = act()(L.BatchNormalization(scale=False)(x))
    y = L.BatchNormalization(center=False)(L.Conv2D(filters, 1, use_bias=False)(x))
    return act()(y)

def separable():
    "Rescaling, activations inside of layers, separable convolutions, a mean at the end."
    i = L.Input((size, size, 3))
    x = L.Rescaling(1 / 127.5, offset=-1)(i)
    x = L.Conv2D(16, 3, strides=2, padding="same", activation="relu")(x)
    x = L.SeparableConv2D(24, 3, strides=2, padding="same", activation="relu6")(x)
    x = L.BatchNormalization()(L.ReLU(negative_slope=0.1)(x))
    y = L.SeparableConv2D(24, 3, padding="same", use_bias=False)(x)
    x = L.Activation("relu")(L.Add()([x, y]))
    x = L.AveragePooling2D(2)(x)
    x = L.Conv2D(48, 1, activation="linear")(x)
    x = L.GlobalAveragePooling2D()(x)
    x = L.Dropout(0.2)(x)
    return keras.Model(i, L.UnitNormalization(axis=-1)(L.Dense(32)(x)))

def prelu():
    "PReLU and a residual, with the padding of TensorFlow."
    i = L.Input((size, size, 3))
    act = lambda: L.PReLU(shared_axes=[1, 2])
    x = act()(L.BatchNormalization()(L.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(i)))
    for filters, stride in ((24, 2), (32, 2), (32, 2)): x = block(x, filters, stride, act)
    y = L.BatchNormalization()(L.Conv2D(32, 1)(block(x, 32, 1, act)))
    x = L.BatchNormalization()(L.Add()([x, y]))
    x = L.DepthwiseConv2D(size // 16)(x)
    x = L.Dense(32, use_bias=False)(L.Flatten()(x))
    return keras.Model(i, L.BatchNormalization()(x))

def sequential():
    "A chain that begins with padding and flattens a map of several pixels."
    return keras.Sequential([L.Input((size, size, 3)), L.ZeroPadding2D(((1, 1), (1, 1))), L.Conv2D(8, 3, strides=2), L.LeakyReLU(negative_slope=0.2), L.ZeroPadding2D(((0, 1), (0, 1))),
        L.DepthwiseConv2D(3, strides=2), L.BatchNormalization(), L.ReLU(6.0), L.SpatialDropout2D(0.1), L.AveragePooling2D(4, strides=4), L.Conv2D(16, 1), L.Flatten(), L.Dense(32)])

results = {}
def unit(y):
    y = np.asarray(y, np.float64)
    return (y / np.linalg.norm(y, axis=1, keepdims=True)).ravel().tolist()

def lite(name, model, x, prepare):
    signature = tf.TensorSpec([1, size, size, 3], tf.float32) if name.endswith("int8") else tf.TensorSpec([None, size, size, 3], tf.float32)
    end = (lambda v: tf.math.l2_normalize(v, 1)) if name.startswith("prelu") else (lambda v: v)
    function = tf.function(lambda v: end(model(v, training=False))).get_concrete_function(signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(function)])
    prepare(converter)
    data = converter.convert()
    open(os.path.join(folder, name + ".tflite"), "wb").write(data)
    interpreter = tf.lite.Interpreter(model_content=data)
    (i,), (o,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    interpreter.allocate_tensors()
    for row in x:
        scale, zero = i["quantization"]
        v = np.clip(np.round(row[None] / scale + zero), -128, 127).astype(np.int8) if i["dtype"] == np.int8 else row[None]
        interpreter.set_tensor(i["index"], v)
        interpreter.invoke()
        y = interpreter.get_tensor(o["index"])
        scale, zero = o["quantization"]
        rows.append((y.astype(np.float32) - zero) * scale if o["dtype"] == np.int8 else y)
    results[name + ".tflite"] = unit(np.concatenate(rows))

for name, make, raw in (("separable", separable, True), ("prelu", prelu, False), ("sequential", sequential, False)):
    model = make()
    for w in model.weights:
        if w.path.endswith(("gamma", "moving_variance")): w.assign(random.uniform(0.6, 1.4, w.shape))
        elif w.path.endswith(("beta", "moving_mean", "bias")): w.assign(random.normal(0, 0.1, w.shape))
        elif w.path.endswith("alpha"): w.assign(random.uniform(-0.1, 0.5, w.shape))
    x = pixels if raw else pixels / 127.5 - 1
    model.save(os.path.join(folder, name + ".h5"))
    results[name + ".h5"] = unit(model(x))
    def samples():
        for row in x: yield [row[None]]
    def int8(c):
        c.optimizations = [tf.lite.Optimize.DEFAULT]; c.representative_dataset = samples
        c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]; c.inference_input_type = c.inference_output_type = tf.int8
    def dynamic(c): c.optimizations = [tf.lite.Optimize.DEFAULT]
    def half(c): c.optimizations = [tf.lite.Optimize.DEFAULT]; c.target_spec.supported_types = [tf.float16]
    for suffix, prepare in (("", lambda c: None), ("-dynamic", dynamic), ("-half", half), ("-int8", int8)): lite(name + suffix, model, x, prepare)
i = L.Input((size, size, 3))
model = keras.Model(i, L.Lambda(lambda v: v / 2, name="halved")(L.GlobalAveragePooling2D()(L.Conv2D(8, 3)(i))))
model.save(os.path.join(folder, "lambda.h5"))
model = keras.Model(i, L.GlobalAveragePooling2D()(L.Activation("hard_swish", name="swish")(L.Conv2D(8, 3)(i))))
model.save(os.path.join(folder, "swish.h5"))
lite("swish", model, pixels, lambda c: None)
print(json.dumps(results))
`;
