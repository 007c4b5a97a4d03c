import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { Augmenter, type Recipe } from '../../../src/dataset/policy/augmenter';
import { encodeJpegs } from '../../../src/dataset/policy/jpeg-batch';
import { JpegColours } from '../../../src/dataset/policy/jpeg-colours';
import { presetPolicy } from '../../../src/dataset/policy/presets';
import type { RgbImage } from '../../../src/dataset/photos/rgb-image';
import { photoData } from './crop-rate';

export const allThree = 'all three';
export const allThreeAndJpegs = 'all three and three JPEGs';
const size = 112;

export interface AugmentationCase {
  readonly name: string;
  readonly run: (crops: readonly RgbImage[]) => Promise<unknown>;
}

/** The operations of the original project's policy one by one, and all of them: one copy by each, without and with their JPEGs. */
export function augmentationCases(augmenter = new Augmenter(0)): AugmentationCase[] {
  const operations = presetPolicy('original')?.rules.find((rule) => rule.operations?.length === 3)?.operations ?? [];
  const recipes: Recipe[] = operations.map((operation) => ({ operations: [operation], inRandomOrder: false }));
  const colours = new JpegColours();
  const copies = (crops: readonly RgbImage[], used: readonly Recipe[]): RgbImage[] => crops.flatMap((crop, i) => used.map((recipe) => augmenter.copy(crop, `person/${i}.jpg`, recipe)));
  return [
    ...recipes.map((recipe) => ({ name: recipe.operations[0]?.name ?? '', run: (crops: readonly RgbImage[]) => Promise.resolve(copies(crops, [recipe])) })),
    { name: allThree, run: (crops) => Promise.resolve(copies(crops, recipes)) },
    { name: allThreeAndJpegs, run: (crops) => encodeJpegs(copies(crops, recipes), colours) },
  ];
}

/** Crops of 112 x 112: the middle of real photos where they are there, else drawings. */
export async function loadCrops(cropCount: number): Promise<RgbImage[]> {
  const root = path.join(photoData, 'lfw_dev60');
  const files = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jpg')).sort() : [];
  process.stderr.write(files.length > 0 ? `Crops of photos in ${root}\n` : 'No photos are there: drawn crops\n');
  return Promise.all(Array.from({ length: cropCount }, (_, i) => (files[i] === undefined ? drawCrop(i) : cropMiddle(path.join(root, files[i])))));
}

async function cropMiddle(file: string): Promise<RgbImage> {
  const data = await sharp(file).extract({ left: 69, top: 69, width: size, height: size }).removeAlpha().toColourspace('srgb').raw().toBuffer();
  return { width: size, height: size, data };
}

function drawCrop(number: number): Promise<RgbImage> {
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => 128 + 60 * Math.sin(i / (20 + number)) + 50 * Math.cos(i / 4000));
  return Promise.resolve({ width: size, height: size, data });
}
