import * as path from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { CancelledError, UserError, errorText } from '../../base/user-error';
import { cosineOf } from '../../protocol/cosine';
import type { KmodelInspection } from '../../protocol/kmodel-inspection';
import type { PhotoResult } from '../../protocol/kmodel-page';
import { askPhotos } from '../ask';
import { jobResult } from '../jobs/job-process';
import type { JobRunner } from '../jobs/job-runner';
import { photoAddress } from '../photo-address';

const runSchema = z.object({ photos: z.array(z.object({ outputs: z.array(z.array(z.number())) })) });
const embedSchema = z.object({ embeddings: z.array(z.object({ embedding: z.array(z.number()).nullish() })) });

type Jobs = Pick<JobRunner, 'run'>;

/**
 * Asks for one photo, or two to compare, and runs them through the model in the simulator.
 * @throws CancelledError when none was chosen; UserError naming the photo that shows no face
 */
export async function runOnPhotos(file: string, inspection: KmodelInspection, jobs: Jobs): Promise<PhotoResult> {
  const photos = await askPhotos({ title: vscode.l10n.t('One photo to run, or two to compare'), openLabel: vscode.l10n.t('Run'), canSelectMany: true });
  if (photos.length > 2) throw new UserError(vscode.l10n.t('{0} photos were chosen.', photos.length), vscode.l10n.t('Choose one photo to run, or two to compare.'));
  const shown = await Promise.all(photos.map(pictureOf));
  const title = vscode.l10n.t('Running {0} in the simulator', path.basename(file));
  if (inspection.embeddingLength === undefined) {
    const { photos: results } = await resultOf(jobs, title, ['kmodel', 'run', file, ...photos], runSchema);
    return { photos: shown, values: results.map(({ outputs }) => outputs.flat()) };
  }
  const values = await embed(jobs, title, file, photos);
  const [first = [], second] = values;
  const { source, threshold } = inspection;
  if (second !== undefined) return { photos: shown, values, pair: { cosine: cosineOf(first, second), ...(threshold === undefined ? {} : { threshold }) } };
  return { photos: shown, values, ...(source === undefined ? {} : { toFloat: await likenessToFloat(jobs, source, photos, first) }) };
}

/** A model whose source is gone, or without an engine here, still shows its own embedding. */
async function likenessToFloat(jobs: Jobs, source: string, photos: readonly string[], values: readonly number[]): Promise<NonNullable<PhotoResult['toFloat']>> {
  try {
    const [floats = []] = await embed(jobs, vscode.l10n.t('Running {0}', path.basename(source)), source, photos);
    return { model: path.basename(source), cosine: cosineOf(values, floats) };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return { reason: error instanceof UserError ? error.message : errorText(error) };
  }
}

async function embed(jobs: Jobs, title: string, model: string, photos: readonly string[]): Promise<number[][]> {
  const { embeddings } = await resultOf(jobs, title, ['embed', model, ...photos], embedSchema);
  return embeddings.map(({ embedding }, index) => {
    if (embedding) return embedding;
    throw new UserError(vscode.l10n.t('No face was found in {0}.', path.basename(photos[index] ?? '')), vscode.l10n.t('Choose a photo that shows one face clearly.'));
  });
}

async function resultOf<T>(jobs: Jobs, title: string, args: readonly string[], schema: z.ZodType<T>): Promise<T> {
  return schema.parse(jobResult(await jobs.run(title, [[...args, '--json']])));
}

async function pictureOf(photo: string): Promise<PhotoResult['photos'][number]> {
  const picture = await photoAddress(photo);
  return { name: path.basename(photo), ...(picture === undefined ? {} : { picture }) };
}
