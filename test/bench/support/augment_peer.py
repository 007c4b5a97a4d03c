"""The original project's augmentation by OpenCV and scikit-image on one thread: one copy of each crop by each operation.

Argument: a file with crops of 112 x 112 x 3 bytes. A step is one pass over all crops; with --jpegs each copy is encoded too.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'training'))

import cv2
import numpy as np
import skimage
from skimage.util import random_noise

from rounds import serve

SIZE = 112
SQUARE = np.ones((5, 5), np.uint8)


def noisy(crop, **how):
    return (random_noise(crop, **how) * 255).astype(np.uint8)


def copies(crop):
    return [
        cv2.morphologyEx(crop, cv2.MORPH_OPEN, SQUARE),
        noisy(crop, mode='gaussian', var=0.01),
        noisy(crop, mode='s&p', amount=0.05),
    ]


def encoded(copy):
    done, _ = cv2.imencode('.jpg', copy, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done


def main():
    cv2.setNumThreads(1)
    crops = np.fromfile(sys.argv[1], np.uint8).reshape(-1, SIZE, SIZE, 3)
    with_jpegs = '--jpegs' in sys.argv

    def step():
        for crop in crops:
            for copy in copies(crop):
                if with_jpegs:
                    encoded(copy)

    serve(f'OpenCV {cv2.__version__}, scikit-image {skimage.__version__}', step)


main()
