import { logit, sigmoid, squareShare, suppressOverlaps, type ScoredBox } from './scored-box';

/** Width and height of the anchors in grid cells, as published with the weights. */
const anchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;
/** x, y, width, height, score. */
const numbersPerBox = 5;
/** Pixels of the network's input per grid cell. */
const cellPixels = 32;
const maxOverlap = 0.4;

/**
 * The faces of one photo from the tiny detector's output.
 * @param output [side/32, side/32, 25] of this photo
 * @param side of the network's input
 * @param minScore lowest score that counts, 0..1
 */
export function tinyFaceBoxes(output: Float32Array, side: number, photo: { readonly width: number; readonly height: number }, minScore: number): ScoredBox[] {
  const cells = side / cellPixels;
  const minLogit = logit(minScore);
  const share = squareShare(photo, side);
  const boxes: ScoredBox[] = [];
  for (let offset = 0; offset < output.length; offset += numbersPerBox) {
    const score = output[offset + 4] as number;
    if (score <= minLogit) continue;
    const place = offset / numbersPerBox;
    const [anchorWidth, anchorHeight] = anchors[place % anchors.length] ?? anchors[0];
    const cell = Math.floor(place / anchors.length);
    const centreX = (((cell % cells) + sigmoid(output[offset] as number)) / cells) * share.x;
    const centreY = ((Math.floor(cell / cells) + sigmoid(output[offset + 1] as number)) / cells) * share.y;
    const width = ((Math.exp(output[offset + 2] as number) * anchorWidth) / cells) * share.x;
    const height = ((Math.exp(output[offset + 3] as number) * anchorHeight) / cells) * share.y;
    const box = { x: (centreX - width / 2) * photo.width, y: (centreY - height / 2) * photo.height, width: width * photo.width, height: height * photo.height };
    boxes.push({ box, score: sigmoid(score) });
  }
  return suppressOverlaps(boxes, maxOverlap);
}
