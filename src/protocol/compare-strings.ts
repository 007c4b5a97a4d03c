import type { KnownColumn } from './compare-table';
import type { PageStrings } from './page-strings';

/** Texts of the page that compares runs. */
export const compareStringKeys = [
  'tableLabel', 'columnShow', 'columnRun', 'columnReport', 'showRow', 'openRun', 'stillTraining', 'cancel', 'evaluate', 'evaluateAgain', 'stale', 'noModel', 'openReport',
  'title', 'titleOne', 'notEvaluated', 'judgedOn', 'judgedDifferently', 'onlyChanged', 'columnCount', 'export', 'exportTitle', 'evaluateRow', 'convertRow',
  'curveKind', 'rocNote', 'detNote', 'curvesLabel', 'farAxis', 'farMark', 'tickARun', 'evaluateFirst', 'undecided',
  'scores', 'scoresOf', 'scoresLabel', 'formChoice', 'formFloat', 'threshold', 'samePerson', 'differentPeople', 'same', 'different', 'cosine', 'noScores',
  'noneDifferent', 'oneIn', 'thresholdSays', 'recommended', 'equalError',
  'samePersonTitle', 'otherPhotos', 'photoNumber', 'dropHere', 'notShown', 'askModel', 'otherModel', 'inBothForms', 'spread', 'noThreshold', 'ownThreshold',
  'verdictSame', 'verdictDifferent', 'verdictDisagree', 'verdictUnjudged',
] as const;
export type CompareStringKey = (typeof compareStringKeys)[number] | `column_${KnownColumn}`;
export type CompareStrings = PageStrings<CompareStringKey>;
