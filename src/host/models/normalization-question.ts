import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { readNormalization } from '../../network/formats/import/input-normalization';
import { askItem, askText } from '../ask';

/**
 * Runs a job on a model. Only the job can tell that a foreign file does not say how pixels enter; then the user is asked,
 * and the answer is remembered for this file.
 * @param run gets the form for `--normalize`, if there is one
 * @throws CancelledError when the user does not answer; else what `run` throws
 */
export async function withNormalization<T>(model: string, memory: vscode.Memento, run: (normalization: string | undefined) => Promise<T>): Promise<T> {
  const { mtimeMs } = await stat(model);
  const key = `normalization:${model}:${mtimeMs}`;
  try {
    return await run(memory.get<string>(key));
  } catch (error) {
    if (!(error instanceof UserError) || error.details?.['missing'] !== 'normalization') throw error;
  }
  const form = await askNormalization(path.basename(model));
  const result = await run(form);
  await memory.update(key, form);
  return result;
}

async function askNormalization(name: string): Promise<string> {
  const { t } = vscode.l10n;
  const items: (vscode.QuickPickItem & { readonly form?: string })[] = [
    { label: t('-1 to 1: pixel / 127.5 - 1'), detail: t('Keras and TensorFlow, and the original MobileFaceNet project'), form: 'tf' },
    { label: t('InsightFace: (pixel - 127.5) / 128'), detail: t('InsightFace, and most ArcFace models for MXNet and PyTorch'), form: 'insightface' },
    { label: t('ImageNet: mean and deviation of each colour'), detail: t('torchvision, timm, and other networks that began with ImageNet weights'), form: 'imagenet' },
    { label: t('0 to 1: pixel / 255'), detail: t('Networks with plain scaling in front'), form: '0:255' },
    { label: t('0 to 255: pixels as they are'), detail: t('The network scales its input itself'), form: '0:1' },
    { label: t('Other…'), detail: t('Enter mean and deviation') },
  ];
  const picked = await askItem(items, {
    title: t('How Pixels Enter {0}', name), ignoreFocusOut: true,
    placeHolder: t('The file does not say it. A wrong choice gives a model that recognises badly, so look it up where the model comes from.'),
  });
  return picked.form ?? askMeanAndDeviation(name);
}

async function askMeanAndDeviation(name: string): Promise<string> {
  const { t } = vscode.l10n;
  const entered = await askText({
    title: t('How Pixels Enter {0}', name), ignoreFocusOut: true, value: '127.5:128',
    prompt: t('MEAN:DEVIATION for (pixel - mean) / deviation; each one number, or three for red, green and blue'),
    validateInput: (text) => (readNormalization(text.trim()) !== undefined ? undefined : t('Enter for example 127.5:128 or 123.675,116.28,103.53:58.395,57.12,57.375.')),
  });
  return entered.trim();
}
