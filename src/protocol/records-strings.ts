import type { PageStrings } from './page-strings';

/** Texts of the page of a TFRecord file. */
export const recordsStringKeys = [
  'loading', 'facts', 'withIndex', 'withoutIndex', 'scanning', 'tryAgain', 'gridLabel', 'gridEmpty', 'person', 'everyone', 'personCount', 'goTo', 'ofRecords', 'noRecord',
  'labelName', 'noLabel', 'noPicture', 'record', 'position', 'size', 'label', 'damageOne', 'damageMany', 'damagePlace', 'damageMore', 'features', 'featureName', 'featureKind', 'featureValue', 'picture',
] as const;
export type RecordsStringKey = (typeof recordsStringKeys)[number];
export type RecordsStrings = PageStrings<RecordsStringKey>;
