import * as vscode from 'vscode';
import type { TrainingStrings } from '../../protocol/training-strings';

/** The training page's texts in the editor's language. */
export function trainingStrings(): TrainingStrings {
  const { t } = vscode.l10n;
  return {
    loading: t('Reading the run'),
    stateWaiting: t('Waiting for engine'), stateRunning: t('Running'), statePaused: t('Paused'), stateStopping: t('Stopping'),
    stateFinished: t('Finished'), stateStopped: t('Stopped'), stateFailed: t('Failed'),
    stateSilent: t('Not answering for {0} s'), stateLost: t('Ended unexpectedly'),
    factPeople: t('{0} people'), factForked: t(', forked from {0} at step {1}'),
    actionPause: t('Pause'), actionContinue: t('Continue'), actionStopAfterEpoch: t('Stop After Epoch'), actionStopNow: t('Stop Now'),
    actionResume: t('Resume'), actionResumeArcface: t('Resume with ArcFace…'), actionEvaluate: t('Evaluate…'),
    progressLabel: t('Step {0} of {1}'), numbersLabel: t('Headline numbers'),
    statLoss: t('Loss (smoothed)'), statBest: t('best {0} at step {1}'),
    statVerification: t('Verification accuracy'), statAuc: t('AUC {0}, step {1}'),
    statTrainingAccuracy: t('Training accuracy'), statRecentSteps: t('last {0} steps'),
    statStep: t('Step'), statOf: t('of {0}'), statEpoch: t('epoch {0} of {1}'),
    statTimeLeft: t('Time left'), statSoFar: t('{0} so far'),
    statSpeed: t('Speed'), imagesPerSecond: t('img/s'), statBatch: t('batch {0}'),
    statMemory: t('Memory'), statLearningRate: t('Learning rate'), statRateAt: t('÷ {0} at step {1}'),
    toolsLabel: t('Chart options'), smoothing: t('Smoothing'), logY: t('Log y'),
    axisLabel: t('Horizontal axis'), axisStep: t('Step'), axisTime: t('Time'),
    resetZoom: t('Reset Zoom'), resetZoomTitle: t('Show all steps (0)'),
    validationName: t('{0}, validation'), lossTitle: t('Loss'), lossNote: t('cross-entropy, faint line is each step'),
    accuracyTitle: t('Training accuracy'), verificationTitle: t('Verification accuracy'), heldOutPeople: t('{0} held-out people'),
    headSwitch: t('{0} from step {1}'), headSwitchNote: t('backbone kept, head new'), sameHeadFork: t('{0} from step {1}'), marginNote: t('margin 0 → {0}'),
    best: t('best'), notShownOnLog: t('{0} values at 0 not shown'),
    lossLabel: t('Loss by step. {0} goes from {1} at step {2} to {3} at step {4}.'), chartEmpty: t('Loss by step. No step yet.'),
    tableRun: t('Run'), tableStep: t('Step'), tableValue: t('Value'),
    findings: t('Findings'), findingsOpen: t('{0} open'), findingsNone: t('Nothing to note.'), findingSetting: t('Show {0} in the recipe'),
    runs: t('Runs in the charts'), showRun: t('Show {0}'), runThis: t('this run'), runParent: t('parent'), runAncestor: t('ancestor'),
    stepTime: t('Where a step goes'), stepCompute: t('Compute {0}'), stepReading: t('Reading photos {0}'),
    spoken: t('Step {0}, loss {1}, {2} left'), badLines: t('{0} unreadable events'), tooltipStep: t('step {0}'),
    addRun: t('Add run…'), removeRun: t('Remove {0} from the charts'), runAdded: t('added'),
    export: t('Export'), exportSvg: t('Charts as SVG…'), exportCsv: t('Points as CSV…'),
    moreCharts: t('Learning rate and gradient'), gradientTitle: t('Gradient'), gradientNote: t('length before clipping'),
    checkpoint: t('Checkpoint {0}'), checkpointEvaluate: t('Evaluate…'), checkpointFork: t('Fork from Here…'), checkpointCopy: t('Copy Path'),
    checkpointGone: t('Only the newest checkpoints are kept'),
  };
}
