import { adaFaceHead } from './adaface';
import { adaCosScale, arcFaceHead } from './arcface';
import { combinedMarginHead } from './combined-margin';
import { cosFaceHead } from './cosface';
import type { Head } from './head';
import { marginOf, type HeadSettings } from './head-settings';
import { softmaxHead } from './softmax';
import { subCenterArcFaceHead } from './subcenter-arcface';

/**
 * The head that a recipe asks for.
 * @param identities that one step compares: all, or the sampled ones
 */
export function createHead(settings: HeadSettings, identities: number): Head {
  if (settings.kind === 'softmax') return softmaxHead;
  const scale = settings.scale === 'adacos' ? adaCosScale(identities) : settings.scale;
  switch (settings.kind) {
    case 'arcface':
      return arcFaceHead(scale, settings.easyMargin);
    case 'cosface':
      return cosFaceHead(scale);
    case 'combined':
      return combinedMarginHead(scale, settings, marginOf(settings).margin);
    case 'adaface':
      return adaFaceHead(scale, settings);
    case 'subcenter-arcface':
      return subCenterArcFaceHead(scale, settings.subCenters, settings.easyMargin);
  }
}
