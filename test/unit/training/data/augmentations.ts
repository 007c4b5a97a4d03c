import { augmentationSection, type Augmentation } from '../../../../src/training/recipe/augmentation-section';

/** Every change off. */
export const noChange: Augmentation = augmentationSection.parse({ flip: false, shift: 0, scale: 0, rotationDegrees: 0, brightness: 0, contrast: 0, grey: 0, erase: 0 });
