import type { PageStrings } from './page-strings';

/** Texts of the training page. */
export const trainingStringKeys = [
  'loading', 'stateWaiting', 'stateRunning', 'statePaused', 'stateStopping', 'stateFinished', 'stateStopped', 'stateFailed', 'stateSilent', 'stateLost',
  'factPeople', 'factForked',
  'actionPause', 'actionContinue', 'actionStopAfterEpoch', 'actionStopNow', 'actionResume', 'actionResumeArcface', 'actionEvaluate',
  'progressLabel', 'numbersLabel', 'statLoss', 'statBest', 'statVerification', 'statAuc', 'statTrainingAccuracy', 'statRecentSteps', 'statStep', 'statOf',
  'statEpoch', 'statTimeLeft', 'statSoFar', 'statSpeed', 'imagesPerSecond', 'statBatch', 'statMemory', 'statLearningRate', 'statRateAt',
  'toolsLabel', 'smoothing', 'logY', 'axisLabel', 'axisStep', 'axisTime', 'resetZoom', 'resetZoomTitle',
  'lossTitle', 'lossNote', 'accuracyTitle', 'verificationTitle', 'heldOutPeople', 'headSwitch', 'headSwitchNote', 'sameHeadFork', 'marginNote', 'best',
  'notShownOnLog', 'lossLabel', 'validationName', 'chartEmpty', 'tableRun', 'tableStep', 'tableValue',
  'findings', 'findingsOpen', 'findingsNone', 'findingSetting', 'runs', 'showRun', 'runThis', 'runParent', 'runAncestor', 'stepTime', 'stepCompute', 'stepReading',
  'spoken', 'badLines', 'tooltipStep', 'addRun', 'removeRun', 'runAdded', 'export', 'exportSvg', 'exportCsv', 'moreCharts', 'gradientTitle', 'gradientNote',
  'checkpoint', 'checkpointEvaluate', 'checkpointFork', 'checkpointCopy', 'checkpointGone',
] as const;
export type TrainingStringKey = (typeof trainingStringKeys)[number];
export type TrainingStrings = PageStrings<TrainingStringKey>;
