/** Parts of the dataset explorer, in the order in which they stand. */
export const explorerTabs = ['photos', 'duplicates', 'outliers', 'faceless', 'split'] as const;
export type ExplorerTab = (typeof explorerTabs)[number];
