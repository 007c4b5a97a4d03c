/** Files of a prepared dataset's folder; what they hold says `dataset-artifact.ts`. */
export const datasetFileName = 'dataset.json';
export const reportFileName = 'report.json';
export const measuresFileName = 'faces.f32';
