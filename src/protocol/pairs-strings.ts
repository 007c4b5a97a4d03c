import type { PageStrings } from './page-strings';

/** Texts of the page of a pair list. */
export const pairsStringKeys = [
  'loading', 'facts', 'photosIn', 'chooseFolder', 'tryAgain', 'gridLabel', 'gridEmpty', 'showLabel', 'showAll', 'showSame', 'showDifferent', 'showMissing', 'goTo', 'ofPairs',
  'same', 'different', 'missing', 'unreadable', 'fold', 'missingOne', 'missingMany', 'missingMore',
] as const;
export type PairsStringKey = (typeof pairsStringKeys)[number];
export type PairsStrings = PageStrings<PairsStringKey>;
