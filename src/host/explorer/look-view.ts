import * as vscode from 'vscode';
import type { DropReason } from '../../dataset/dataset-artifact';
import type { PhotoLook } from '../../dataset/look/photo-look';
import type { LookView } from '../../protocol/explorer-page';

/** A look as the page shows it: reasons in words, pictures as addresses. */
export function lookView({ face, dropped, policy, faces, size, cropSide, milliseconds }: PhotoLook): LookView {
  const measures = face?.measures;
  return {
    cropSide, milliseconds,
    ...(size ? { size } : {}), ...(faces === undefined ? {} : { faces }), ...(dropped ? { dropped: droppedWords(dropped) } : {}),
    ...(face ? {
      face: {
        landmarks: face.landmarks, foundBy: face.foundBy, corners: face.corners, cropLandmarks: face.cropLandmarks, eyeDistancePixels: face.eyeDistancePixels, scale: face.scale,
        crop: jpegAddress(face.crop), ...(face.box ? { box: face.box } : {}), ...(face.score === undefined ? {} : { score: face.score }), ...(measures ? { measures } : {}),
      },
    } : {}),
    ...(policy ? { policy: { name: policy.name, copies: policy.copies.map((copy) => ({ ...copy, operation: operationWords(copy.operation), picture: jpegAddress(copy.picture) })) } } : {}),
  };
}

function jpegAddress(base64: string): string {
  return `data:image/jpeg;base64,${base64}`;
}

function droppedWords({ reason, detail }: NonNullable<PhotoLook['dropped']>): string {
  const { t } = vscode.l10n;
  const words: Readonly<Record<DropReason, string>> = {
    'unreadable': t('the file cannot be read'), 'no-face': t('no face found'), 'several-faces': t('several faces'), 'too-small': t('the face is too small'),
    'poor-quality': t('poor quality'), 'identity-too-small': t('too few photos of this person'), 'identity-dropped-by-policy': t('the policy leaves this person out'),
    'not-sampled': t('not drawn by the policy'),
  };
  return detail === undefined ? words[reason] : `${words[reason]} (${detail})`;
}

function operationWords(operation: string): string {
  const { t } = vscode.l10n;
  const words: Readonly<Record<string, string>> = {
    'opening': t('opening'), 'gaussian-noise': t('gaussian'), 'salt-and-pepper': t('salt, pepper'), 'flip': t('flip'), 'blur': t('blur'), 'sharpen': t('sharpen'),
    'noise': t('noise'), 'dropout': t('dropout'), 'add': t('brighter'), 'multiply': t('stronger'), 'contrast': t('contrast'),
  };
  return words[operation] ?? operation;
}
