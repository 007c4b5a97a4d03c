import type { Camera } from './camera';
import { surfacePoint, type HeadGeometry } from './head-geometry';
import { stretchedY } from './head-profile';
import type { IdentityParameters } from './identity';

/** One place in a picture: x to the right, y down, in pixels; (0, 0) is the picture's upper left corner. */
export type Point = readonly [number, number];

/** Left eye, right eye, nose tip, left mouth corner, right mouth corner; "left" is left in the picture of a frontal face. */
export type FaceLandmarks = readonly [Point, Point, Point, Point, Point];

/** The true landmarks of a head with these (expressed) vertex positions, also where something covers them. */
export function projectLandmarks(identity: IdentityParameters, head: HeadGeometry, positions: Float32Array, camera: Camera): FaceLandmarks {
  const at = (x: number, y: number): Point => camera.projectPoint(surfacePoint(head.mesh, positions, x, y));
  const mouthY = stretchedY(identity, identity.mouthY) + identity.mouthCornerLift;
  return [
    at(-identity.eyeX, identity.eyeY),
    at(identity.eyeX, identity.eyeY),
    at(0, identity.noseTipY),
    at(-identity.mouthHalfWidth, mouthY),
    at(identity.mouthHalfWidth, mouthY),
  ];
}
