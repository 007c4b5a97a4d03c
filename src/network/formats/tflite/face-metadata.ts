/** Metadata entry of a .tflite file that holds face.json. */
export const tfliteFaceKey = 'mobilefacenet.face';
