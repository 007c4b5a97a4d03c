import sharp from 'sharp';
import type { CommandContext } from '../base/command';
import { UserError } from '../base/user-error';
import { cosineScores, embedAll } from '../evaluation/embedding';
import { withEmbedder, type EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import type { ComparisonWish, KmodelDependencies } from '../kmodel/kmodel-dependencies';
import { calibrationCrops } from './calibration-crops';
import type { LazyEngine } from './lazy-engine';
import { readPhoto } from './read-photo';

/** What the kmodel commands need, fitted together from the other stages. */
export function kmodelDependencies(dependencies: EvaluationDependencies, engine: LazyEngine): KmodelDependencies {
  return {
    alignPhoto: (photo, size, template) => dependencies.alignPhoto(photo, size, template),
    async readPhoto(photo, width, height) {
      const { image } = await readPhoto(photo);
      const raw = { raw: { width: image.width, height: image.height, channels: 3 } } as const;
      return sharp(image.data, raw).resize(width, height, { fit: 'cover' }).raw().toBuffer();
    },
    compareEmbeddings: (wish, context) => compareEmbeddings(wish, context, dependencies, engine),
  };
}

/** Embeds the same crops with both models. */
async function compareEmbeddings({ file, model, normalization, photos, faces, aligned }: ComparisonWish, context: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine): Promise<Float64Array> {
  return withEmbedder({ model: file, normalization: undefined }, dependencies, (chip) => withEmbedder({ model, normalization }, dependencies, async (float) => {
    for (const [what, ofFile, ofModel] of [['crops', chip.imageSize, float.imageSize], ['embeddings', chip.embeddingLength, float.embeddingLength]] as const) {
      if (ofFile !== ofModel) throw new UserError(`${file} has ${what} of ${ofFile}, but ${model} has ${what} of ${ofModel}.`, 'Compare it with the model that it was made from.');
    }
    const crops = await calibrationCrops({ folder: photos, form: chip, faces, aligned }, context, dependencies, engine);
    if (crops.length === 0) throw new UserError(`${photos} shows no face.`, 'Give photos as <folder>/<person>/<photo>.');
    const { progress, signal } = context;
    const load = (index: number): Promise<Uint8Array | undefined> => Promise.resolve(crops[index]);
    const [a, b] = [await embedAll(chip, load, crops.length, { progress, signal }), await embedAll(float, load, crops.length, { progress, signal })];
    const joined = new Float32Array([...a.vectors, ...b.vectors]);
    const rows = Array.from(crops.keys());
    return cosineScores(joined, a.length, rows, rows.map((row) => row + crops.length));
  }));
}
