import * as vscode from 'vscode';
import type { PolicyRule } from '../../dataset/policy/policy';
import type { Figures } from '../../protocol/figures';

/** A rule by whom it means and what it does, e.g. "31 to 90: four times". */
export function bucketTitle(rule: PolicyRule, figures: Figures): string {
  return vscode.l10n.t('{0}: {1}', rangeWords(rule, figures), actionWords(rule, figures));
}

/** What becomes of one photo, e.g. "× 4". */
export function bucketEffect(rule: PolicyRule, figures: Figures): string {
  if (rule.drop === true) return vscode.l10n.t('left out');
  if (rule.exactly !== undefined) return vscode.l10n.t('exactly {0}', figures.count(rule.exactly));
  if (rule.sample !== undefined) return vscode.l10n.t('{0} of them × {1}', figures.count(rule.sample), figures.count(copiesOf(rule)));
  return `× ${figures.count(copiesOf(rule))}`;
}

function rangeWords({ above, upTo }: PolicyRule, figures: Figures): string {
  if (upTo === undefined) return above === 0 ? vscode.l10n.t('Everybody') : vscode.l10n.t('Over {0}', figures.count(above));
  if (above === 0) return vscode.l10n.t('{0} or fewer', figures.count(upTo));
  return vscode.l10n.t('{0} to {1}', figures.count(above + 1), figures.count(upTo));
}

function actionWords(rule: PolicyRule, figures: Figures): string {
  if (rule.drop === true) return vscode.l10n.t('leave out');
  if (rule.exactly !== undefined) return vscode.l10n.t('exactly {0}', figures.count(rule.exactly));
  const times = timesWords(copiesOf(rule), figures);
  return rule.sample === undefined ? times : vscode.l10n.t('sample {0}', figures.count(rule.sample));
}

function timesWords(copies: number, figures: Figures): string {
  const { t } = vscode.l10n;
  return [t('keep'), t('twice'), t('three times'), t('four times')][copies - 1] ?? t('{0} times', figures.count(copies));
}

/** Crops of each photo, itself included. */
function copiesOf({ operations = [] }: PolicyRule): number {
  return 1 + operations.length;
}
