import { logit, sigmoid, squareShare, suppressOverlaps, type ScoredBox } from './scored-box';
import { ssdBoxCount, ssdClasses, ssdSide } from './ssd-network';

const maxOverlap = 0.5;
const maxFaces = 100;
/** Offsets of centres and sizes were divided by these in training. */
const centreVariance = 10;
const sizeVariance = 5;
const faceClass = 1;

/**
 * The faces of one photo from SSD's output.
 * @param boxes [5118, 4]: offsets of centre y, centre x, height, width
 * @param classes [5118, 3]: scores before the sigmoid
 * @param priors [5118, 4]: y0, x0, y1, x1 as shares of the square; the published weight Output/extra_dim
 * @param minScore lowest score that counts, 0..1
 */
export function ssdBoxes(
  { boxes, classes, priors }: { readonly boxes: Float32Array; readonly classes: Float32Array; readonly priors: Float32Array },
  photo: { readonly width: number; readonly height: number },
  minScore: number,
): ScoredBox[] {
  const minLogit = logit(minScore);
  const found: ScoredBox[] = [];
  for (let i = 0; i < ssdBoxCount; i++) {
    const score = classes[i * ssdClasses + faceClass] as number;
    if (score > minLogit) found.push({ box: boxAt(boxes, priors, 4 * i), score: sigmoid(score) });
  }
  const share = squareShare(photo, ssdSide);
  return suppressOverlaps(found, maxOverlap).slice(0, maxFaces).map(({ box, score }) => {
    const left = Math.max(0, box.x) * share.x * photo.width;
    const top = Math.max(0, box.y) * share.y * photo.height;
    const right = Math.min(1, box.x + box.width) * share.x * photo.width;
    const bottom = Math.min(1, box.y + box.height) * share.y * photo.height;
    return { box: { x: left, y: top, width: right - left, height: bottom - top }, score };
  });
}

/** In shares of the square. */
function boxAt(boxes: Float32Array, priors: Float32Array, offset: number): ScoredBox['box'] {
  const [y0, x0, y1, x1] = priors.subarray(offset, offset + 4) as unknown as [number, number, number, number];
  const [dy, dx, dHeight, dWidth] = boxes.subarray(offset, offset + 4) as unknown as [number, number, number, number];
  const centreY = (dy / centreVariance) * (y1 - y0) + y0 + (y1 - y0) / 2;
  const centreX = (dx / centreVariance) * (x1 - x0) + x0 + (x1 - x0) / 2;
  const height = Math.exp(dHeight / sizeVariance) * (y1 - y0);
  const width = Math.exp(dWidth / sizeVariance) * (x1 - x0);
  return { x: centreX - width / 2, y: centreY - height / 2, width, height };
}
