import type { PageStrings } from './page-strings';

/** Texts of the dataset explorer. */
export const explorerStringKeys = [
  'loading', 'facts', 'factsLeftOut', 'factsPlan', 'factsListFile', 'editPolicy', 'prepare', 'checkDataset', 'undo',
  'tabsLabel', 'tabPhotos', 'tabDuplicates', 'tabOutliers', 'tabFaceless', 'tabSplit',
  'balanceTitle', 'balanceHint', 'balanceLabel', 'balancePhotos', 'balanceCrops', 'balancePeople', 'balanceFrom', 'balanceTo', 'balanceRange', 'showAll',
  'filterLabel', 'searchPlaceholder', 'searchLabel', 'showAllPhotos', 'showFindings', 'showToCheck', 'size', 'sizeValue',
  'gridLabel', 'gridEmpty', 'tileLabel', 'tileLeftOut', 'tileChecked', 'tileCopy', 'tileOutlier', 'tileFaceless', 'groupLabel', 'groupOutliers', 'groupLeftOut',
  'leftOut', 'collapse', 'expand',
  'sideLabel', 'sideNothing', 'sidePlace', 'previousPhoto', 'nextPhoto', 'photoCaption', 'photoCaptionPoints', 'cropCaption', 'noCrop',
  'factFile', 'factDetector', 'detectorFace', 'detectorFaces', 'detectorKnown', 'factEyes', 'eyesValue', 'factQuality', 'qualityValue', 'factPose', 'poseValue', 'factLikeness', 'likenessValue',
  'likenessOther', 'factSplit', 'splitTraining', 'splitHeldOut', 'splitUnknown', 'factState', 'stateChecked', 'stateLeftOut',
  'augmented', 'augmentedPolicy', 'asIs', 'augmentedNote', 'markChecked', 'unmarkChecked', 'leaveOut', 'leaveOutMany', 'takeBack', 'takeBackMany', 'byHand',
  'groupTitle', 'groupExact', 'groupNear', 'groupTwoPeople', 'groupTwoPeopleNote', 'keep', 'out', 'bestOnlyAll', 'leaveOutCount', 'leaveOutOne', 'selectedOf', 'keepBoth', 'keysHint', 'nothingSelected',
  'factPixels', 'factSharpness', 'factBytes', 'sharpest', 'duplicatesNone', 'auditNone', 'auditRun', 'auditRunning', 'auditJudgeless', 'outliersNone', 'outlierSentence',
  'outlierUnlike', 'outlierOwn', 'outlierOther', 'itIsRight', 'samePersonTitle', 'samePersonSentence', 'facelessNone', 'facelessUnknown', 'facelessTitle', 'facelessNoFace', 'facelessSeveral', 'facelessSmall',
  'facelessQuality', 'facelessUnreadable', 'facelessBlank', 'leaveOutAllThese',
  'splitTitle', 'splitText', 'splitHoldOut', 'splitHoldOutHint', 'splitSeed', 'makeSplit', 'splitResult', 'splitFile', 'splitPeople', 'splitNone', 'splitMany', 'splitInvalid',
  'pairsTitle', 'pairsText', 'pairsCount', 'makePairs', 'pairsInvalid',
  'spokenLeftOut', 'spokenTakenBack', 'spokenChecked', 'spokenUndone',
] as const;
export type ExplorerStringKey = (typeof explorerStringKeys)[number];
export type ExplorerStrings = PageStrings<ExplorerStringKey>;
