import * as z from 'zod';

const share = z.number().min(0).max(1);
const jpegQuality = z.number().int().min(1).max(100);

/** Random changes of the training pictures. */
export const augmentationSection = z.strictObject({
  flip: z.boolean().default(true).describe('Mirror half of the pictures.'),
  shift: share.max(0.5).default(0.05).describe('Largest shift, as a share of the side.'),
  scale: share.max(0.5).default(0.08).describe('Largest change of size, as a share.'),
  rotationDegrees: z.number().min(0).max(45).default(6).describe('Largest turn to either side.'),
  brightness: share.default(0.2).describe('Largest change of brightness, as a share of half the range.'),
  contrast: share.default(0.2).describe('Largest change of contrast, as a share.'),
  grey: share.default(0.1).describe('Share of the pictures that become grey.'),
  erase: share.default(0.2).describe('Share of the pictures from which a rectangle is erased (Zhong et al. 2020, "Random Erasing").'),
  saturation: share.default(0).describe('Largest change of the colours\' strength, as a share: with 1, from grey to twice as strong.'),
  hueDegrees: z.number().min(0).max(180).default(0).describe('Largest turn of the hue to either side.'),
  blur: share.default(0).describe('Share of the pictures that are blurred.'),
  blurPixels: z.number().min(0.1).max(10).default(1.5).describe('Largest standard deviation of the Gaussian that blurs, in pixels.'),
  jpeg: share.default(0).describe('Share of the pictures that are compressed once more, as JPEG.'),
  jpegQuality: z.tuple([jpegQuality, jpegQuality]).refine(([lowest, highest]) => lowest <= highest, 'the lowest quality comes first').default([40, 95])
    .describe('Lowest and highest quality of that compression, 1 to 100.'),
  crop: z.number().min(0.2).max(1).default(1).describe('Smallest part that is cut out and enlarged, as a share of the side; 1 cuts nothing.'),
});
export type Augmentation = z.infer<typeof augmentationSection>;

/** Pictures as they are. */
export const noAugmentation = augmentationSection.parse({ flip: false, shift: 0, scale: 0, rotationDegrees: 0, brightness: 0, contrast: 0, grey: 0, erase: 0 });
