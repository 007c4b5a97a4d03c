import * as vscode from 'vscode';
import type { PairsStrings } from '../../protocol/pairs-strings';

/** The texts of the page of a pair list in the editor's language. */
export function pairsStrings(): PairsStrings {
  const { t } = vscode.l10n;
  return {
    loading: t('Reading the pairs'), facts: t('{0} pairs, {1} same and {2} different, {3} folds'), photosIn: t('photos in {0}'), chooseFolder: t('Choose Photo Folder…'), tryAgain: t('Look Again'),
    gridLabel: t('Pairs'), gridEmpty: t('No pair belongs here.'), showLabel: t('Which pairs'), showAll: t('All {0}'), showSame: t('Same {0}'), showDifferent: t('Different {0}'), showMissing: t('Missing {0}'),
    goTo: t('Pair'), ofPairs: t('of {0}'), same: t('Same person'), different: t('Different people'), missing: t('missing'), unreadable: t('cannot be shown'), fold: t('fold {0}'),
    missingOne: t('One photo is not in this folder.'), missingMany: t('{0} photos are not in this folder.'), missingMore: t('{0} more'),
  };
}
