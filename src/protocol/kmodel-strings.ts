import type { PageStrings } from './page-strings';

/** Texts of the page of a .kmodel file. */
export const kmodelStringKeys = [
  'loading', 'factVersion', 'factInput', 'factOutput', 'factFrom', 'runPhoto', 'deploy', 'tryAgain',
  'numbersLabel', 'statTime', 'statPerSecond', 'statCpuShare', 'statOnCpu', 'statMemory', 'statOfKpu', 'statFile', 'statLoaded', 'statLikeness', 'statWorst', 'statNoFacts', 'statOneVersion',
  'layers', 'layersCount', 'layersFolded', 'kpu', 'cpu', 'columnNumber', 'columnLayer', 'columnOutput', 'columnWeights', 'columnLines', 'columnNoise', 'columnTime', 'columnShare',
  'openGroup', 'closeGroup', 'layerRange', 'layerOne', 'selected',
  'timeTitle', 'timePart', 'memoryTitle', 'memoryLines', 'memoryLabel', 'memoryUnknown', 'memoryUnused', 'memoryPeak', 'memoryPeakOne', 'memoryLayer', 'memoryInput',
  'detailName', 'detailRange', 'detailChosen', 'detailZero', 'detailWeightZero', 'detailSegments', 'segments', 'detailScale', 'detailNoise', 'detailCosine', 'detailWritten', 'detailNone', 'detailWorstNoise', 'detailWorstCosine', 'detailOf',
  'firmware', 'firmwareLoads', 'firmwareRefuses', 'notes',
  'costliest', 'costliestOne', 'wayWholeMap', 'wayFullyConnected', 'wayAddition', 'wayCpu', 'wayKpu',
  'photoTitle', 'photoLength', 'photoSame', 'photoDifferent', 'photoPair', 'photoNoThreshold', 'photoToFloat', 'photoNoFloat', 'photoPicture', 'photoChart',
] as const;
export type KmodelStringKey = (typeof kmodelStringKeys)[number];
export type KmodelStrings = PageStrings<KmodelStringKey>;
