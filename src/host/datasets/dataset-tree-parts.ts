/** What the Dataset view is made of, loaded when the view is opened for the first time. */
export { DatasetTree } from './dataset-tree';
export { FolderFactsCache } from './folder-facts';
export { PhotoDecorations } from './photo-decorations';
