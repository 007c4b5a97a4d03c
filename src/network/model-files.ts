/** Files of a model folder; what they hold says `model-folder.ts`. */
export const modelFileName = 'model.json';
export const faceFileName = 'face.json';
