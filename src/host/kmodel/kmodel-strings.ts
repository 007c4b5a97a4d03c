import * as vscode from 'vscode';
import type { KmodelStrings } from '../../protocol/kmodel-strings';

/** The texts of the page of a .kmodel file in the editor's language. */
export function kmodelStrings(): KmodelStrings {
  const { t } = vscode.l10n;
  return {
    loading: t('Reading the model'), factVersion: t('kmodel v{0}, {1}-bit weights'), factInput: t('in {0}'), factOutput: t('out {0}'), factFrom: t('from {0}'),
    runPhoto: t('Run on a Photo…'), deploy: t('Deploy to Board…'), tryAgain: t('Look Again'),
    numbersLabel: t('Headline numbers'), statTime: t('Time on the board (estimate)'), statPerSecond: t('{0} faces/s at 400 MHz, ±\u00a02\u00a0×'),
    statCpuShare: t('Share of the CPU'), statOnCpu: t('{0} of {1} ms'), statMemory: t('KPU memory, peak'), statOfKpu: t('{0} of 2 MiB'),
    statFile: t('File'), statLoaded: t('{0} B, {1} of RAM'), statLikeness: t('Likeness to float'), statWorst: t('cosine, worst {0} of {1}'),
    statNoFacts: t('unknown, Run on Photos'), statOneVersion: t('known for v3 only'),
    layers: t('Layers'), layersCount: t('{0}'), layersFolded: t('{0}, of which {1} in groups'), kpu: t('KPU'), cpu: t('CPU'),
    columnNumber: t('#'), columnLayer: t('Layer'), columnOutput: t('Output'), columnWeights: t('Weights'), columnLines: t('KPU lines'), columnNoise: t('SNR'), columnTime: t('Time'), columnShare: t('Share of the longest'),
    openGroup: t('Open group'), closeGroup: t('Close group'), layerRange: t('Layers {0} to {1}'), layerOne: t('Layer {0}'), selected: t('{0} selected, {1}'),
    timeTitle: t('Where the time goes'), timePart: t('{0} {1} ms, {2}'), memoryTitle: t('KPU memory over time'), memoryLines: t('32,768 lines of 64 B'),
    memoryLabel: t('KPU memory by layer. Peak {0} lines, {1}, at layers {2} to {3}.'), memoryUnknown: t('The memory of a v4 file is not followed layer by layer.'),
    memoryUnused: t('{0} never used'), memoryPeak: t('peak {0} lines at layers {1} to {2}'), memoryPeakOne: t('peak {0} lines at layer {1}'), memoryLayer: t('layer {0}'), memoryInput: t('input'),
    detailName: t('In the network'), detailRange: t('Range of values'), detailChosen: t('{0} to {1}, by {2}'), detailZero: t('Byte for 0'), detailWeightZero: t('Weight for 0'),
    detailSegments: t('Activation'), segments: t('{0} segments'), detailScale: t('Value'), detailNoise: t('Signal to noise'), detailCosine: t('Cosine to float'), detailWritten: t('Writes'),
    detailNone: t('Ranges and likeness are in the .json file that `convert` writes beside the model; here there is none.'),
    detailWorstNoise: t('Least signal to noise'), detailWorstCosine: t('Least cosine to float'), detailOf: t('{0}, {1}'),
    firmware: t('Runs on'), firmwareLoads: t('loads it'), firmwareRefuses: t('does not load it'), notes: t('To note'),
    costliest: t('{0} take most of the time, {1} ms or {2}: {3}.'), costliestOne: t('{0} takes most of the time, {1} ms or {2}: {3}.'),
    wayWholeMap: t('The convolution over the whole map runs on the CPU. Fewer channels before it, as in K210 Medium or Small, make it cheaper.'),
    wayFullyConnected: t('The CPU multiplies these weights one by one. A shorter embedding makes it cheaper.'),
    wayAddition: t('The CPU adds the branches. A network without residuals, such as K210 Full, has no additions.'),
    wayCpu: t('This runs on the CPU, because the KPU knows only convolutions.'),
    wayKpu: t('Its time grows with the product of input and output channels. A smaller alpha in the recipe makes a narrower network, which takes less; train it to see what it costs in accuracy.'),
    photoTitle: t('On a photo'), photoLength: t('{0} values, length {1}'), photoSame: t('Same person'), photoDifferent: t('Different people'),
    photoPair: t('cosine {0}, threshold {1}'), photoNoThreshold: t('Cosine {0}. The model was never verified, so there is no threshold.'), photoToFloat: t('Cosine to {0}: {1}'), photoNoFloat: t('Likeness to the float model is not known: {0}'),
    photoPicture: t('The photo {0}'), photoChart: t('Embedding of {0}, {1} values from {2} to {3}'),
  };
}
