import type { PageStrings } from './page-strings';

/** Texts of the page that lets a run go on with ArcFace. */
export const resumeStringKeys = [
  'loading', 'title', 'titleNote', 'cancel', 'start', 'starting', 'problemsLeft', 'noDataset', 'noCheckpoint',
  'fromTitle', 'fromNoteOne', 'fromNoteMany', 'checkpointLabel', 'checkpointStep', 'pointBest', 'pointLast', 'verified', 'anotherStep', 'otherStep', 'chartLabel', 'chartPoint', 'noVerification',
  'changesTitle', 'changesNote', 'kept', 'new', 'keptNetwork', 'keptNetworkValue', 'keptNorm', 'keptNormValue', 'keptOrder', 'keptOrderValue', 'keptCounter', 'keptCounterValue',
  'newHead', 'newHeadValue', 'newHeadSame', 'newStart', 'newStartAll', 'newStartSome', 'newOptimizer', 'newOptimizerValue', 'newMargin', 'newMarginValue', 'newMarginAtOnce',
  'newScale', 'newScaleAdacos', 'newRate', 'newRateValue', 'newPeople', 'newPeopleValue', 'change', 'peopleAdded', 'peopleGone',
  'marginTitle', 'marginNote', 'schedule', 'warmUp', 'atOnce', 'margin', 'radians', 'over', 'overNote', 'recommended', 'marginChart', 'marginFull', 'atOnceLine',
  'lengthTitle', 'lengthNote', 'dataset', 'datasetNote', 'datasetChanged', 'epochs', 'epochsNote', 'rate', 'rateNote', 'scale', 'scaleAdacos', 'scaleFixed', 'scaleNote',
  'expectTitle', 'expectLoss', 'expectKnown', 'expectTime', 'expectSteps', 'expectDisk', 'expectBroken', 'atOnceWarning',
  'activeTitle', 'activeText', 'activeWait', 'activeNow', 'waitingText', 'stopWaiting', 'diskShort',
  'rangeError', 'warmUpError', 'sizeError',
] as const;
export type ResumeStringKey = (typeof resumeStringKeys)[number];
export type ResumeStrings = PageStrings<ResumeStringKey>;
