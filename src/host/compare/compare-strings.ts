import * as vscode from 'vscode';
import { knownColumns, recipeTitle, type KnownColumn } from '../../protocol/compare-table';
import type { CompareStrings } from '../../protocol/compare-strings';
import { fillString } from '../../protocol/page-strings';

/** The texts of the page that compares runs, in the editor's language. */
export function compareStrings(): CompareStrings {
  const { t } = vscode.l10n;
  return {
    tableLabel: t('Runs'), columnShow: t('Show in charts'), columnRun: t('Run'), columnReport: t('Evaluation'), showRow: t('Show {0}, {1}, in charts'),
    openRun: t('Open the curves of this run'), stillTraining: t('Still training'), cancel: t('Cancel'), evaluate: t('Evaluate'), evaluateAgain: t('Evaluate Again'),
    stale: t('The model was trained on since it was evaluated.'), noModel: t('no model yet'), openReport: t('Open Report'),
    title: t('Compare {0} of {1} models'), titleOne: t('{0} alone'), notEvaluated: t('No model is evaluated yet: figures are those of the training, and there are no curves.'),
    judgedOn: t('Judged on {0} held-out people: {1} same pairs, {2} different pairs'),
    judgedDifferently: t('Judged on different photos, so the figures cannot be compared. Evaluate all of them on the same people.'),
    onlyChanged: t('Only changed columns'), columnCount: t('({0} of {1})'), export: t('Export'), exportTitle: t('Save the table, the points or the drawings'),
    evaluateRow: t('Evaluate {0}'), convertRow: t('Convert {0}…'),
    curveKind: t('Kind of curve'), rocNote: t('share of same pairs accepted'), detNote: t('share of same pairs refused'), curvesLabel: t('Curves of {0}'),
    farAxis: t('different pairs accepted (FAR)'), farMark: t('FAR {0}'), tickARun: t('Tick a run to see its curve.'), evaluateFirst: t('Evaluate a run to see its curve and scores.'),
    undecided: t('Below FAR {0} fewer than 10 pairs decide, so the curve stops. FAR {1} takes {2} different pairs.'),
    scores: t('Scores'), scoresOf: t('Scores of {0}'), scoresLabel: t('Scores of same and different pairs with a threshold at {0}'), formChoice: t('Form of the model'), formFloat: t('float'),
    threshold: t('Threshold'), samePerson: t('same person'), differentPeople: t('different'), same: t('same'), different: t('different'), cosine: t('cosine'),
    noScores: t('The scores were not stored with the report. Evaluate again.'), noneDifferent: t('none'), oneIn: t('1 in {0}'),
    thresholdSays: t('accepts {0} of the same pairs and {1} of the different pairs'), recommended: t('Recommended'), equalError: t('Equal error'),
    samePersonTitle: t('Same person?'), otherPhotos: t('Choose Photos…'), photoNumber: t('Photo {0}: {1}'), dropHere: t('Drop or choose a photo'),
    notShown: t('This photo cannot be shown here, but it is compared.'), askModel: t('Ask {0}'), otherModel: t('Other Model…'), inBothForms: t('in both forms'),
    spread: t('The forms differ by {0}.'), noThreshold: t('no recommended threshold: evaluate it first'), ownThreshold: t('same from {0}'),
    verdictSame: t('Same person'), verdictDifferent: t('Different people'), verdictDisagree: t('The forms disagree'), verdictUnjudged: t('Not judged'),
    ...(Object.fromEntries(Object.entries(columnTitles()).map(([key, title]) => [`column_${key}`, title])) as Record<`column_${KnownColumn}`, string>),
  };
}

/** The title of a column. @param rate of false accepts, at which the column `tar` stands */
export function columnTitle(key: string, rate: number | undefined): string {
  const known = (knownColumns as readonly string[]).includes(key) ? columnTitles()[key as KnownColumn] : undefined;
  return known === undefined ? recipeTitle(key) : fillString(known, (rate ?? 1e-3).toExponential());
}

function columnTitles(): Readonly<Record<KnownColumn, string>> {
  const { t } = vscode.l10n;
  return {
    form: t('Form'), state: t('State'), head: t('Head'), network: t('Network'), steps: t('Steps'), people: t('People'), images: t('Photos'), imageSize: t('Crop'), dataset: t('Dataset'),
    parent: t('Forked from'), engine: t('Engine'), tar: t('TAR at FAR {0}'), eer: t('EER'), accuracy: t('Accuracy'), auc: t('AUC'), threshold: t('Threshold'), size: t('Size'),
  };
}
