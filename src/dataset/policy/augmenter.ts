import type { RgbImage } from '../photos/rgb-image';
import { FastRandom } from './fast-random';
import { GaussianNoise } from './gaussian-noise';
import { blurSometimes, flipSometimes, sharpen } from './neighbourhood';
import { Opening } from './opening';
import { addRandomNoise, changeContrast, dropOut, scaleValues, shiftValues } from './photometric';
import type { Operation } from './policy';
import { addSaltAndPepper } from './salt-and-pepper';

/** How one copy is made. */
export interface Recipe {
  readonly operations: readonly Operation[];
  /** The operations are applied in random order. */
  readonly inRandomOrder: boolean;
}

/**
 * Makes the copies that a policy asks for. A copy depends on the seed, the photo's name, the recipe and its number among the
 * photo's copies by this recipe, and on nothing else: not on other photos, and not on the number of workers.
 */
export class Augmenter {
  private readonly opening = new Opening();
  private readonly noises = new Map<number, GaussianNoise>();

  constructor(private readonly seed: number) {}

  /** @param turn tells apart several copies of the photo by the same recipe; 0 for the first */
  copy(image: RgbImage, photoName: string, recipe: Recipe, turn = 0): RgbImage {
    const operations = [...recipe.operations];
    if (recipe.inRandomOrder) shuffle(operations, this.randomFor(photoName, 'order', turn));
    return operations.reduce((changed, operation) => this.apply(operation, changed, this.randomFor(photoName, operation.name, turn)), image);
  }

  private randomFor(photoName: string, purpose: string, turn: number): FastRandom {
    return new FastRandom(this.seed, 'policy', photoName, purpose, turn);
  }

  private apply(operation: Operation, image: RgbImage, random: FastRandom): RgbImage {
    switch (operation.name) {
      case 'opening':
        return this.opening.apply(image);
      case 'gaussian-noise':
        return { ...image, data: this.noiseOf(operation.variance).apply(image.data, random) };
      case 'salt-and-pepper':
        return { ...image, data: addSaltAndPepper(image.data, operation.amount, random) };
      case 'flip':
        return flipSometimes(image, random);
      case 'blur':
        return blurSometimes(image, random);
      case 'sharpen':
        return sharpen(image, random);
      case 'noise':
        return addRandomNoise(image, random);
      case 'dropout':
        return dropOut(image, random);
      case 'add':
        return shiftValues(image, random);
      case 'multiply':
        return scaleValues(image, random);
      case 'contrast':
        return changeContrast(image, random);
    }
  }

  private noiseOf(variance: number): GaussianNoise {
    const noise = this.noises.get(variance) ?? new GaussianNoise(variance);
    this.noises.set(variance, noise);
    return noise;
  }
}

function shuffle(operations: Operation[], random: FastRandom): void {
  for (let i = operations.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [operations[i], operations[j]] = [operations[j] as Operation, operations[i] as Operation];
  }
}
