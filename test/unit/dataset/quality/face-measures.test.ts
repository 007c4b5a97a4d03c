import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { templateFor, type FivePoints } from '../../../../src/dataset/align';
import type { RgbImage } from '../../../../src/dataset/photos/rgb-image';
import type { Point } from '../../../../src/dataset/photos/warp';
import { measureFace } from '../../../../src/dataset/quality/face-measures';
import { headPose } from '../../../../src/dataset/quality/head-pose';
import { measurePicture } from '../../../../src/dataset/quality/picture-measures';

const region = { left: 16, top: 28, width: 80, height: 80 };

function picture(size: number, levelAt: (x: number, y: number, channel: number) => number): RgbImage {
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => levelAt(Math.floor(i / 3) % size, Math.floor(i / 3 / size), i % 3));
  return { width: size, height: size, data };
}

const patterned = picture(112, (x, y, channel) => [x * 7 + y * 3, x * x + y, x * y][channel] as number);

describe('sharpness, brightness and contrast', () => {
  it('are those of OpenCV and NumPy', () => {
    // cv2.Laplacian(grey, cv2.CV_64F)[28:108, 16:96].var(), and mean and std of the same part of grey.
    const { sharpness, brightness, contrast } = measurePicture(patterned, region);
    assert.ok(Math.abs(sharpness - 17609.756219134397) < 1e-6);
    assert.ok(Math.abs(brightness - 128.78014) < 1e-9 && Math.abs(contrast - 48.57565406971274) < 1e-9);
  });

  it('fall with blur, follow light, and are 0 in an even picture', () => {
    assert.deepEqual(measurePicture(picture(112, () => 77), region), { sharpness: 0, brightness: 77, contrast: 0 });
    const mean = (x: number, y: number, channel: number): number => {
      let sum = 0;
      for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += patterned.data[(Math.min(111, Math.max(0, y + dy)) * 112 + Math.min(111, Math.max(0, x + dx))) * 3 + channel] ?? 0;
      return sum / 9;
    };
    assert.ok(measurePicture(picture(112, mean), region).sharpness < 0.2 * measurePicture(patterned, region).sharpness);
  });
});

/** A generic head of another shape than the one that is fitted: eyes, nose and mouth in mm, right, down, towards the viewer. */
const otherHead = [[-31, -38, -3], [31, -38, 3], [0, 0, 24], [-26, 34, 0], [26, 34, 0]] as const;

/** Points of a head turned by yaw, then pitch and roll, in a photo. */
function pointsOf(head: readonly (readonly [number, number, number])[], yaw: number, pitch: number, roll: number): FivePoints {
  const [a, b, c] = [yaw, pitch, roll].map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  return head.map(([x, y, z]): Point => {
    const nodded = [x, y * Math.cos(b) - z * Math.sin(b), y * Math.sin(b) + z * Math.cos(b)] as const;
    const turned = [nodded[0] * Math.cos(a) + nodded[2] * Math.sin(a), nodded[1]] as const;
    return [300 + 1.7 * (turned[0] * Math.cos(c) - turned[1] * Math.sin(c)), 200 + 1.7 * (turned[0] * Math.sin(c) + turned[1] * Math.cos(c))];
  }) as unknown as FivePoints;
}

describe('the pose of a head', () => {
  const template = templateFor(112);
  const [leftEye, , nose] = template;
  const ownHead = template.map(([x, y], i): readonly [number, number, number] => {
    const mirrored = [1, 0, 2, 4, 3][i] ?? 0;
    const [otherX, otherY] = template[mirrored] as Point;
    return [i === 2 ? 0 : (x - otherX) / 2, (y + otherY) / 2 - nose[1], [0, 0, 15, 1, 1][i] ?? 0];
  });

  it('is found again in its own projection', () => {
    assert.ok(leftEye[0] < nose[0]);
    const angle = fc.double({ min: -60, max: 60, noNaN: true });
    fc.assert(fc.property(angle, angle, fc.double({ min: -170, max: 170, noNaN: true }), (yaw, pitch, roll) => {
      const pose = headPose(pointsOf(ownHead, yaw, pitch, roll));
      assert.ok(pose);
      assert.ok(Math.abs(pose.yawDegrees - yaw) < 1e-6 && Math.abs(pose.pitchDegrees - pitch) < 1e-6 && Math.abs(pose.rollDegrees - roll) < 1e-6, JSON.stringify({ yaw, pitch, roll, pose }));
    }));
  });

  it('is within some degrees for a head of another shape', () => {
    for (const [yaw, pitch, roll] of [[0, 0, 0], [30, 0, 0], [-45, 0, 10], [0, 20, 0], [15, -20, -30]] as const) {
      const pose = headPose(pointsOf(otherHead, yaw, pitch, roll));
      assert.ok(pose);
      assert.ok(Math.abs(pose.yawDegrees - yaw) < 8 && Math.abs(pose.pitchDegrees - pitch) < 12 && Math.abs(pose.rollDegrees - roll) < 5, JSON.stringify({ yaw, pitch, roll, pose }));
    }
  });

  it('is 0 for a face on the template, and unknown for points on a line', () => {
    const pose = headPose(template);
    assert.ok(pose && Math.max(...Object.values(pose).map((angle: number) => Math.abs(angle))) < 2, JSON.stringify(pose));
    const line = template.map(([x]): Point => [x, 50]) as unknown as FivePoints;
    assert.equal(headPose(line), undefined);
    assert.equal(headPose(template.map((): Point => [5, 5]) as unknown as FivePoints), undefined);
  });
});

describe('the measures of a face', () => {
  it('do not depend on the size of the crops', () => {
    const at112 = measureFace(patterned, templateFor(112), patterned, 80);
    const at64 = measureFace(patterned, templateFor(112), picture(64, () => 9), 80);
    assert.deepEqual(at64, at112);
    assert.equal(at112.sizePixels, 80);
    assert.ok(Object.values(at112).every((value: number) => Math.abs(value * 10 - Math.round(value * 10)) < 1e-9 && !Object.is(value, -0)));
  });
});
