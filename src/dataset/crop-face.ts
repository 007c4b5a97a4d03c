import { alignFace, type FivePoints } from './align';
import type { CropRule } from './crop-rule';
import type { RgbImage } from './photos/rgb-image';
import { cropFixedBox } from './sources/fixed-box';

/**
 * The crop of a photo as RGB [size, size, 3]; undefined when there is no face.
 * @param findLandmarks is not asked where the rule needs none
 */
export async function cropFace(image: RgbImage, size: number, rule: CropRule, findLandmarks: () => Promise<FivePoints | undefined>): Promise<Uint8Array | undefined> {
  if (rule.kind === 'fixed-box') return cropFixedBox(image, rule.box, size).data;
  const landmarks = await findLandmarks();
  return landmarks && alignFace(image, landmarks, size, rule.template).data;
}
