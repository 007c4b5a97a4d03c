/**
 * `npm run bench -- dataset [--only prepare,wild,augment,reading] [--rounds N]`: what the dataset studio promises, what is seen of it
 * here, and whether that is enough. Photos are those of `shared/data` beside the product; the peer of the augmentation is in the
 * Python of MOBILEFACENET_PYTHON (or python3), where that has OpenCV and scikit-image. The areas detector, augment and reading tell more.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { defaultWorkerCount } from '../../src/dataset/detection/detector-pool';
import { FaceApiDetector } from '../../src/dataset/detection/face-api-detector';
import { GraphFaceDetector } from '../../src/dataset/detection/graph/graph-face-detector';
import { openEngine } from '../../src/engine/open-engine';
import { measureAugmentation } from './support/augmentation-peer';
import { compareCropping, countFaces, libraryAsItComes, photoData, photosIn, productWith, type PhotoSet } from './support/crop-rate';
import { rounded, verdictOf, type Measured, type Wanted } from './support/measured';
import { measurePreparation } from './support/prepare-rate';
import { measureReadingSpeed, runReadingPart } from './support/reading';

const faceFolder = 'lfw_dev60';
/** Rounds of the augmentation are short, so there are more of them. */
const augmentationRoundsPerRound = 3;

const sections: Readonly<Record<string, (rounds: number) => Promise<Measured[]>>> = {
  prepare: whereThereArePhotos(measurePreparations),
  wild: whereThereArePhotos(measureWild),
  augment: (rounds) => measureAugmentation(rounds * augmentationRoundsPerRound),
  reading: measureReadingSpeed,
};

async function main(): Promise<void> {
  if (await runReadingPart()) return;
  const { values } = parseArgs({ options: { only: { type: 'string', default: Object.keys(sections).join() }, rounds: { type: 'string', default: '3' } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes whole numbers from 1, not ${values.rounds}`);
  const measured: Measured[] = [];
  for (const name of values.only.split(',')) {
    const measure = sections[name];
    if (!measure) throw new Error(`--only knows ${Object.keys(sections).join(', ')}, not ${name}`);
    measured.push(...(await measure(rounds)));
  }
  process.stdout.write(`${JSON.stringify(measured.map(verdictOf))}\n`);
}

function whereThereArePhotos(measure: (rounds: number) => Promise<Measured[]>): (rounds: number) => Promise<Measured[]> {
  return (rounds) => {
    if (existsSync(photoData)) return measure(rounds);
    process.stderr.write(`There are no photos at ${photoData}: what needs them is not measured.\n`);
    return Promise.resolve([]);
  };
}

/** From files to records on disk, by one worker process and by as many as the product itself takes. */
async function measurePreparations(rounds: number): Promise<Measured[]> {
  const one = await preparationFigures('one process', 1, { atLeast: 150 }, rounds);
  const most = defaultWorkerCount();
  return most === 1 ? one : [...one, ...(await preparationFigures(`${most} processes`, most, { atLeast: 200 }, rounds))];
}

async function preparationFigures(arrangement: string, workers: number, wanted: Wanted, rounds: number): Promise<Measured[]> {
  const { steady, startSeconds, whole, photos, facesFound } = await measurePreparation(faceFolder, workers, rounds);
  const what = `${faceFolder} to TFRecord, ${arrangement}`;
  return [
    { what, value: rounded(steady, 1), unit: 'photos/s', wanted },
    { what: `${what}: start, not counted above`, value: rounded(startSeconds, 2), unit: 's' },
    { what: `${what}: start counted (photosPerSecond of the report)`, value: rounded(whole, 1), unit: 'photos/s' },
    { what: `${what}: photos with a face, of ${photos}`, value: facesFound, unit: 'photos', wanted: { atLeast: 699 } },
  ];
}

/** Large and difficult photos, against face-api as it comes. */
async function measureWild(rounds: number): Promise<Measured[]> {
  const engine = await openEngine({ kind: 'native' });
  try {
    const library = await FaceApiDetector.open(engine);
    const files = await photosIn('wild');
    const set: PhotoSet = { name: 'wild', files, warmUp: 3 * files.length, measured: 8 * files.length, after: 5 * files.length };
    const own = await compareCropping(set, [productWith(1, 2), productWith(2, 1)], rounds);
    const [asItComes] = await compareCropping({ ...set, warmUp: files.length, measured: 2 * files.length, after: 0 }, [libraryAsItComes(library)], 1);
    const libraryFaces = await countFaces(library, files);
    const faces = await countFaces(await GraphFaceDetector.open(engine), files);
    return [
      ...own.map(({ name, rate }): Measured => ({ what: `wild to TFRecord, ${name}`, value: rounded(rate, 1), unit: 'photos/s', wanted: { atLeast: 12 } })),
      { what: 'wild to TFRecord, face-api one by one', value: rounded(asItComes?.rate ?? NaN, 1), unit: 'photos/s' },
      ...own.map(({ name, found }): Measured => ({ what: `wild: photos with a crop, ${name}`, value: found, unit: 'photos', wanted: { atLeast: asItComes?.found ?? 0 } })),
      { what: 'wild: faces', value: faces, unit: 'faces', wanted: { atLeast: libraryFaces } },
    ];
  } finally {
    engine.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
