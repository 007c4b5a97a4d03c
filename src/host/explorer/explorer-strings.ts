import * as vscode from 'vscode';
import type { ExplorerStrings } from '../../protocol/explorer-strings';

/** The explorer's texts in the editor's language. */
export function explorerStrings(): ExplorerStrings {
  return { ...frameStrings(), ...photoStrings(), ...findingStrings(), ...splitStrings() };
}

function frameStrings() {
  const { t } = vscode.l10n;
  return {
    loading: t('Reading the photo folder'), facts: t('{0} people, {1} photos'), factsLeftOut: t('{0} left out'),
    factsPlan: t('after the policy: {0} people, {1} crops of {2}'), factsListFile: t('Left-out photos stay on disk. Their names go to {0}, one line each.'),
    editPolicy: t('Edit Policy…'), prepare: t('Prepare Dataset'), checkDataset: t('Check Dataset'), undo: t('Undo: {0}'),
    tabsLabel: t('Parts of the dataset'), tabPhotos: t('Photos'), tabDuplicates: t('Duplicates'), tabOutliers: t('Likely wrong person'), tabFaceless: t('No face'), tabSplit: t('Split and pairs'),
    balanceTitle: t('Photos per person'), balanceHint: t('sorted; drag to filter the grid'),
    balanceLabel: t('Photos per person, sorted. {0} people, from {1} to {2} photos. {3}'), balancePhotos: t('photos'), balanceCrops: t('crops after the policy'),
    balancePeople: t('{0} people'), balanceFrom: t('First person shown'), balanceTo: t('Last person shown'), balanceRange: t('{0} of {1} people shown'), showAll: t('Show All'),
    filterLabel: t('Filter'), searchPlaceholder: t('Name or file'), searchLabel: t('Search people and files'),
    showAllPhotos: t('All {0}'), showFindings: t('Findings {0}'), showToCheck: t('To check {0}'), size: t('Size'), sizeValue: t('{0} px'),
  };
}

function photoStrings() {
  const { t } = vscode.l10n;
  return {
    gridLabel: t('Photos'), gridEmpty: t('No photo matches.'), tileLabel: t('{0}, photo {1} of {2}: {3}'), tileLeftOut: t('left out'), tileChecked: t('checked'),
    tileCopy: t('has a copy'), tileOutlier: t('may show someone else'), tileFaceless: t('gives no crop'), groupLabel: t('{0}, {1} photos'), groupOutliers: t('{0} may show someone else'),
    groupLeftOut: t('{0} left out'), leftOut: t('left out'), collapse: t('Close {0}'), expand: t('Open {0}'),
    sideLabel: t('The photo'), sideNothing: t('Choose a photo to see its face, its crop and what the policy makes of it.'), sidePlace: t('{0} of {1}'),
    previousPhoto: t('Previous photo'), nextPhoto: t('Next photo'), photoCaption: t('Photo {0}'), photoCaptionPoints: t('Photo {0}, 5 points'), cropCaption: t('Crop {0}'),
    noCrop: t('No crop: {0}'),
    factFile: t('File'), factDetector: t('Detector'), detectorFace: t('1 face, score {0}, {1} ms'), detectorFaces: t('{0} faces, score {1}, {2} ms'), detectorKnown: t('points known from landmarks.jsonl'),
    factEyes: t('Eye distance'), eyesValue: t('{0} px, scale {1}, turned {2}°'), factQuality: t('Quality'), qualityValue: t('sharpness {0}, brightness {1}, contrast {2}'),
    factPose: t('Head'), poseValue: t('yaw {0}°, pitch {1}°'), factLikeness: t('Likeness'), likenessValue: t('{0} to {1}'), likenessOther: t('{0} to {1}, next {2} ({3})'),
    factSplit: t('Split'), splitTraining: t('training'), splitHeldOut: t('held out'), splitUnknown: t('not prepared yet'), factState: t('State'), stateChecked: t('checked'), stateLeftOut: t('left out'),
    augmented: t('Augmented'), augmentedPolicy: t('policy {0}'), asIs: t('as is'), augmentedNote: t('{0}. Muted copies are not made. Random flips are made while training.'),
    markChecked: t('Mark Checked'), unmarkChecked: t('Not Checked'), leaveOut: t('Leave Out'), leaveOutMany: t('Leave Out {0} Photos'), takeBack: t('Take Back'),
    takeBackMany: t('Take Back {0} Photos'), byHand: t('left out by hand'),
    spokenLeftOut: t('{0} photos left out. Undo with Ctrl+Z.'), spokenTakenBack: t('{0} photos taken back.'), spokenChecked: t('{0} photos checked.'), spokenUndone: t('Undone.'),
  };
}

function findingStrings() {
  const { t } = vscode.l10n;
  return {
    groupTitle: t('Group {0}'), groupExact: t('Exact copy'), groupNear: t('Near-duplicate'), groupTwoPeople: t('The same picture is filed under two people.'),
    groupTwoPeopleNote: t('{0} have this picture. The network would learn that they are the same, and a score would be wrong. While nobody knows whose it is, none is kept.'),
    keep: t('keep'), out: t('leave out'), bestOnlyAll: t('Select All but the Best'), leaveOutCount: t('Leave Out {0} Photos'), leaveOutOne: t('Leave Out 1 Photo'), nothingSelected: t('Choose copies to leave out first.'), selectedOf: t('{0} of {1} selected'),
    keepBoth: t('Keep Both'), keysHint: t('Up, Down: group. 1 to 9: keep or leave out. B: best only. Enter: open.'),
    factPixels: t('Pixels'), factSharpness: t('Sharpness'), factBytes: t('File size'), sharpest: t('sharpest'), duplicatesNone: t('No duplicates. Nothing to review.'),
    auditNone: t('This dataset was not checked yet. The check looks for copies, likely wrong people and unreadable files; it changes nothing.'), auditRun: t('Check Dataset'),
    auditRunning: t('Checking: {0}'), auditJudgeless: t('No model judged the people. Train one, then check again with it.'),
    outliersNone: t('Every photo is like its person. Nothing to review.'), outlierSentence: t('Likeness {0} to {1}, {2} to {3}.'), outlierUnlike: t('Likeness {0} to {1}, usual is {2}.'),
    outlierOwn: t('Filed under {0}'), outlierOther: t('Looks like {0}'), itIsRight: t('It Is Right'), samePersonTitle: t('Two names, likely one person'),
    samePersonSentence: t('{0} and {1}: likeness {2}'),
    facelessNone: t('A face was found in every photo. Nothing to review.'), facelessUnknown: t('Faces are looked for when the dataset is prepared, or checked with a model.'),
    facelessTitle: t('{0} photos give no crop'), facelessNoFace: t('no face found'),
    facelessSeveral: t('several faces'), facelessSmall: t('face too small'), facelessQuality: t('poor quality'), facelessUnreadable: t('unreadable'), facelessBlank: t('one colour only'),
    leaveOutAllThese: t('Leave Out All {0}'),
  };
}

function splitStrings() {
  const { t } = vscode.l10n;
  return {
    splitTitle: t('People held out'), splitText: t('They are never trained on, so that their photos can verify the model. Nobody is in both parts.'),
    splitHoldOut: t('Hold out'), splitHoldOutHint: t('a number of people, or a share such as 15%'), splitSeed: t('Seed'), makeSplit: t('Make Split'),
    splitResult: t('{0} people held out, {1} people train.'), splitFile: t('Prepare Dataset uses {0}.'), splitPeople: t('Held out: {0}'), splitNone: t('No split yet. Prepare Dataset draws 15 % of the people.'),
    splitMany: t('{0} and {1} more'), splitInvalid: t('Give a whole number such as 12, or a share such as 15%.'),
    pairsTitle: t('Verification pairs'), pairsText: t('Pairs of photos of the same person and of different people, half of each, for Evaluate.'), pairsCount: t('Pairs'), makePairs: t('Make Pair List'),
    pairsInvalid: t('Give a whole number from 2 to 1,000,000.'),
  };
}
