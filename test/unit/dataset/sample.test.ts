import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { identityOf, type IdentityParameters } from '../../../src/dataset/sample/identity';
import type { FaceLandmarks } from '../../../src/dataset/sample/landmarks';
import { pictureOf, type PictureParameters } from '../../../src/dataset/sample/picture';
import { renderFace, type FaceImage } from '../../../src/dataset/sample/render-face';

const size = 128;

/** A person without asymmetry, glasses, fringe or moles. */
function plainPerson(index = 0): IdentityParameters {
  const person = identityOf(7, index);
  return { ...person, asymmetry: 0, moles: [], hair: { ...person.hair, fringe: 0, parting: 0, curl: 0 } };
}

/** A frontal picture in even light without noise. */
function plainPicture(changes: Partial<PictureParameters> = {}): PictureParameters {
  return {
    ...pictureOf(7, 0, 0, 0),
    yaw: 0,
    pitch: 0,
    roll: 0,
    smile: 0,
    mouthOpen: 0,
    browRaise: 0,
    eyelids: 1,
    gazeX: 0,
    gazeY: 0,
    light: { azimuth: 0, elevation: 0.4, key: 0.9, ambient: 0.5, warmth: 0 },
    cover: 'none',
    glasses: false,
    scale: 0.36,
    centerX: 0.5,
    centerY: 0.5,
    cameraDistance: 8,
    noise: 0,
    exposure: 1,
    ...changes,
  };
}

/** Mean brightness (0..255) of the square of pixels whose corners lie `radius` from the pixel of a place. */
function brightnessAt(image: FaceImage, x: number, y: number, radius: number): number {
  let sum = 0;
  let count = 0;
  const middleRow = Math.floor(y);
  const middleColumn = Math.floor(x);
  for (let row = middleRow - radius; row <= middleRow + radius; row++) {
    for (let column = middleColumn - radius; column <= middleColumn + radius; column++) {
      for (let k = 0; k < 3; k++) sum += image.pixels[(row * image.sizePixels + column) * 3 + k] ?? 0;
      count += 3;
    }
  }
  return sum / count;
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not within ${tolerance} of ${expected}`);
}

function turnOf([leftEye, rightEye, nose]: FaceLandmarks): number {
  return (nose[0] - (leftEye[0] + rightEye[0]) / 2) / (rightEye[0] - leftEye[0]);
}

test('the same arguments give the same pixels, also in another process', () => {
  const image = renderFace(identityOf(1, 0), pictureOf(1, 0, 0, 0), 64);
  const hash = createHash('sha256').update(image.pixels).digest('hex');
  assert.equal(image.pixels.length, 64 * 64 * 3);
  assert.equal(hash, '201fbaee572cab9e364c3f81a6bc06e8421ff59a61e54aa86b5cbd939ca995cf');
});

test('another person, another picture and another seed give other pixels', () => {
  const image = (seed: number, person: number, picture: number): string =>
    Buffer.from(renderFace(identityOf(seed, person), pictureOf(seed, person, picture, 0), 64).pixels).toString('base64');
  const images = [image(1, 0, 0), image(1, 1, 0), image(1, 0, 1), image(2, 0, 0)];
  assert.equal(new Set(images).size, images.length);
});

test('the landmarks of a frontal face lie level, symmetric and in the order of a face', () => {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = renderFace(plainPerson(), plainPicture(), size).landmarks;
  const middle = size / 2;
  near(leftEye[1], rightEye[1], 0.01, 'eyes level');
  near(leftMouth[1], rightMouth[1], 0.01, 'mouth level');
  near(leftEye[0] + rightEye[0], 2 * middle, 0.05, 'eyes symmetric');
  near(leftMouth[0] + rightMouth[0], 2 * middle, 0.05, 'mouth symmetric');
  near(nose[0], middle, 0.05, 'nose in the middle');
  assert.ok(leftEye[0] < leftMouth[0] && leftMouth[0] < nose[0] && nose[0] < rightMouth[0] && rightMouth[0] < rightEye[0], 'left to right');
  assert.ok(leftEye[1] < nose[1] && nose[1] < leftMouth[1], 'top to bottom');
});

test('turning the head the other way mirrors the landmarks', () => {
  const person = plainPerson();
  const right = renderFace(person, plainPicture({ yaw: 0.4 }), size).landmarks;
  const left = renderFace(person, plainPicture({ yaw: -0.4 }), size).landmarks;
  const mirrored = [right[1], right[0], right[2], right[4], right[3]];
  left.forEach(([x, y], i) => {
    const [otherX, otherY] = mirrored[i] ?? [0, 0];
    near(x, size - otherX, 0.1, `x of landmark ${i}`);
    near(y, otherY, 0.1, `y of landmark ${i}`);
  });
  assert.ok(turnOf(right) > 0.15, 'positive yaw moves the nose to the right of the eyes');
});

test('positive pitch looks up and positive roll turns clockwise', () => {
  const person = plainPerson();
  const noseShare = ([eye, , nose, mouth]: FaceLandmarks): number => (nose[1] - eye[1]) / (mouth[1] - eye[1]);
  const up = renderFace(person, plainPicture({ pitch: 0.25 }), size).landmarks;
  const down = renderFace(person, plainPicture({ pitch: -0.25 }), size).landmarks;
  assert.ok(noseShare(up) < noseShare(down) - 0.1);
  const [leftEye, rightEye] = renderFace(person, plainPicture({ roll: 0.2 }), size).landmarks;
  near(Math.atan2(rightEye[1] - leftEye[1], rightEye[0] - leftEye[0]), 0.2, 0.001, 'slope of the eyes');
});

test('a smile widens and lifts the mouth', () => {
  const person = plainPerson();
  const calm = renderFace(person, plainPicture(), size).landmarks;
  const happy = renderFace(person, plainPicture({ smile: 1 }), size).landmarks;
  assert.ok(happy[4][0] - happy[3][0] > calm[4][0] - calm[3][0] + 2);
  assert.ok(happy[3][1] < calm[3][1] - 1);
  near(happy[0][0], calm[0][0], 0.2, 'the eye stays');
});

test('pupils are drawn at the eyes, and an open mouth below the corners of the mouth', () => {
  for (let index = 0; index < 6; index++) {
    const person = { ...plainPerson(index), beard: { ...plainPerson(index).beard, moustache: 0, chin: 0, sides: 0 } };
    const image = renderFace(person, plainPicture({ scale: 0.4, mouthOpen: 1 }), size);
    const [leftEye, rightEye, , leftMouth, rightMouth] = image.landmarks;
    const unit = rightEye[0] - leftEye[0];
    for (const [x, y] of [leftEye, rightEye]) {
      const cheek = brightnessAt(image, x, y + 0.5 * unit, 2);
      const pupil = Math.min(...[-1, 0, 1].map((shift) => brightnessAt(image, x + shift, y, 0)));
      assert.ok(pupil < 0.7 * cheek, `person ${index}: pupil ${pupil}, cheek ${cheek}`);
    }
    const cheek = brightnessAt(image, rightMouth[0] + 0.2 * unit, rightMouth[1] - 0.15 * unit, 1);
    const middleX = (leftMouth[0] + rightMouth[0]) / 2;
    const inside = Math.min(...[0, 1, 2, 3, 4, 5, 6].map((shift) => brightnessAt(image, middleX, leftMouth[1] + shift, 0)));
    assert.ok(inside < 0.5 * cheek, `person ${index}: inside of the mouth ${inside}, cheek ${cheek}`);
  }
});

test('closed eyelids cover the eyes', () => {
  const person = { ...plainPerson(), eyeTilt: 0 };
  const open = renderFace(person, plainPicture(), size);
  const closed = renderFace(person, plainPicture({ eyelids: 0 }), size);
  const [x, y] = open.landmarks[0];
  assert.ok(brightnessAt(closed, x, y, 1) > brightnessAt(open, x, y, 1) + 20);
});

test('light from the right brightens the right cheek', () => {
  const light = { azimuth: 1, elevation: 0.2, key: 1, ambient: 0.3, warmth: 0 };
  const image = renderFace(plainPerson(), plainPicture({ light }), size);
  const [leftEye, rightEye] = image.landmarks;
  const down = 0.5 * (rightEye[0] - leftEye[0]);
  const right = brightnessAt(image, rightEye[0], rightEye[1] + down, 2);
  const left = brightnessAt(image, leftEye[0], leftEye[1] + down, 2);
  assert.ok(right > 1.12 * left, `right cheek ${right}, left cheek ${left}`);
});

test('landmarks of all drawn pictures lie inside the picture, with faces of a usable size', () => {
  for (let person = 0; person < 5; person++) {
    for (let photo = 0; photo < 6; photo++) {
      const { landmarks } = renderFace(identityOf(3, person), pictureOf(3, person, photo, 0.5), 64);
      for (const [x, y] of landmarks) assert.ok(x > 3 && y > 3 && x < 61 && y < 61, `person ${person}, photo ${photo}: ${x}, ${y}`);
      const mouthY = (landmarks[3][1] + landmarks[4][1]) / 2;
      assert.ok(mouthY - landmarks[0][1] > 8, 'eyes and mouth are apart');
    }
  }
});

test('pictures of all people draw pose and light from the same ranges', () => {
  const pictures = Array.from({ length: 400 }, (_, i) => pictureOf(1, Math.floor(i / 20), i % 20, 0.2));
  const spread = (values: number[]): { low: number; high: number } => ({ low: Math.min(...values), high: Math.max(...values) });
  const yaw = spread(pictures.map((picture) => picture.yaw));
  assert.ok(yaw.low < -0.45 && yaw.high > 0.45 && yaw.low >= -Math.PI / 6 - 1e-9 && yaw.high <= Math.PI / 6 + 1e-9);
  const azimuth = spread(pictures.map((picture) => picture.light.azimuth));
  assert.ok(azimuth.low < -0.9 && azimuth.high > 0.9);
  const covers = new Set(pictures.map((picture) => picture.cover));
  assert.deepEqual([...covers].sort(), ['hand', 'none', 'scarf']);
});
