import * as vscode from 'vscode';
import type { JobProgress } from './progress-text';

/** Progress in the language of the editor; jobs speak English. What is not known here stays as it is. */
export function inEditorLanguage(progress: JobProgress): JobProgress {
  const detail = progress.detail.replace(/^([\d.]+) of ([\d.]+) ([a-z]+)/iu, (_, done: string, total: string, unit: string) =>
    `${vscode.l10n.t('{0} of {1}', done, total)} ${units()[unit] ?? unit}`);
  return { ...progress, label: labels()[progress.label] ?? progress.label, detail };
}

function labels(): Readonly<Record<string, string>> {
  const { t } = vscode.l10n;
  return {
    'Calibrating': t('Calibrating'), 'Checking photos': t('Checking photos'), 'Checking the libraries': t('Checking the libraries'), 'Comparing pictures': t('Comparing pictures'),
    'Computing embeddings': t('Computing embeddings'), 'Drawing anew for the intervals': t('Drawing anew for the intervals'), 'Drawing invented faces': t('Drawing invented faces'),
    'Finding faces': t('Finding faces'), 'Finding faces for calibration': t('Finding faces for calibration'), 'Judging faces': t('Judging faces'),
    'Looking at pictures': t('Looking at pictures'), 'Looking photos up': t('Looking photos up'), 'Reading pictures': t('Reading pictures'), 'Reading weights': t('Reading weights'),
    'Simulating': t('Simulating'), 'Trying the library': t('Trying the library'), 'Unpacking': t('Unpacking'), 'Unpacking TensorFlow': t('Unpacking TensorFlow'),
    'Writing model': t('Writing model'), 'Writing records': t('Writing records'),
  };
}

function units(): Readonly<Record<string, string>> {
  const { t } = vscode.l10n;
  return { draws: t('draws'), faces: t('faces'), files: t('files'), images: t('images'), photos: t('photos'), pictures: t('pictures'), steps: t('steps') };
}
