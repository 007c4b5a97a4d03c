import { z } from 'zod';

const share = z.number().min(0).max(1);

/** Random changes of the training pictures. */
export const augmentationSection = z.strictObject({
  /** Mirror half of the pictures. */
  flip: z.boolean().default(true),
  /** Largest shift, as a share of the side. */
  shift: share.max(0.5).default(0.05),
  /** Largest change of size, as a share. */
  scale: share.max(0.5).default(0.08),
  rotationDegrees: z.number().min(0).max(45).default(6),
  /** Largest change of brightness and contrast, as a share of the range. */
  brightness: share.default(0.2),
  contrast: share.default(0.2),
  /** Share of the pictures that become grey. */
  grey: share.default(0.1),
  /** Share of the pictures from which a rectangle is erased (Zhong et al. 2020, "Random Erasing"). */
  erase: share.default(0.2),
});
export type Augmentation = z.infer<typeof augmentationSection>;
