"""MobileFaceNet (Chen et al. 2018, table 1) with ArcFace in eager PyTorch, in NCHW or channels_last."""
import math

import torch
from torch import nn
from torch.nn import functional

from rounds import options, serve


def convolution(channels, filters, size, strides, groups=1, activation=True, padding=None):
    kept = [nn.Conv2d(channels, filters, size, strides, size // 2 if padding is None else padding, groups=groups, bias=False), nn.BatchNorm2d(filters, eps=1e-3)]
    return nn.Sequential(*kept, nn.PReLU(filters)) if activation else nn.Sequential(*kept)


class Bottleneck(nn.Module):
    def __init__(self, channels, expansion, filters, strides):
        super().__init__()
        inner = channels * expansion
        self.body = nn.Sequential(
            convolution(channels, inner, 1, 1), convolution(inner, inner, 3, strides, groups=inner), convolution(inner, filters, 1, 1, activation=False))
        self.residual = strides == 1 and channels == filters

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def network():
    parts, channels = [convolution(3, 64, 3, 2), convolution(64, 64, 3, 1, groups=64)], 64
    for expansion, filters, repeats, strides in [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]:
        for repeat in range(repeats):
            parts.append(Bottleneck(channels, expansion, filters, strides if repeat == 0 else 1))
            channels = filters
    parts += [convolution(channels, 512, 1, 1), convolution(512, 512, 7, 1, groups=512, activation=False, padding=0), convolution(512, 128, 1, 1, activation=False)]
    return nn.Sequential(*parts, nn.Flatten())


def arcface_logits(embedding, centres, labels, scale=64.0, margin=0.5):
    """Deng et al. 2019, equation 3, with cos(theta) - m sin(m) past pi - m."""
    cosines = functional.normalize(embedding) @ functional.normalize(centres, dim=0)
    own = cosines.gather(1, labels[:, None])
    sine = (1 - own * own).clamp_min(1e-7).sqrt()
    shifted = own * math.cos(margin) - sine * math.sin(margin)
    shifted = torch.where(own > -math.cos(margin), shifted, own - margin * math.sin(margin))
    return scale * cosines.scatter(1, labels[:, None], shifted)


def main():
    given = options()
    torch.set_num_threads(given.threads)
    torch.manual_seed(1)
    layout = torch.channels_last if given.layout == 'channels_last' else torch.contiguous_format
    images = torch.randn(given.batch, 3, 112, 112).to(memory_format=layout)
    labels = torch.randint(0, given.identities, (given.batch,))
    embedder = network().to(memory_format=layout)
    centres = nn.Parameter(torch.randn(128, given.identities) * 0.04)
    optimizer = torch.optim.SGD([*embedder.parameters(), centres], lr=0.001, momentum=0.9)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(arcface_logits(embedder(images), centres, labels), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.inference_mode():
            return embedder(images).numpy()

    embedder.train(given.mode == 'step')
    serve(f'PyTorch {torch.__version__}, {given.layout}', train if given.mode == 'step' else infer)


main()
