import * as vscode from 'vscode';
import type { RecordsStrings } from '../../protocol/records-strings';

/** The texts of the page of a TFRecord file in the editor's language. */
export function recordsStrings(): RecordsStrings {
  const { t } = vscode.l10n;
  return {
    loading: t('Reading the records'), facts: t('{0} records, {1} people, {2}'), withIndex: t('by its index'), withoutIndex: t('no index beside it'), scanning: t('Reading {0} of {1}'), tryAgain: t('Look Again'),
    gridLabel: t('Records'), gridEmpty: t('No record belongs here.'), person: t('Person'), everyone: t('Everyone, {0}'), personCount: t('{0}, {1}'), goTo: t('Record'), ofRecords: t('of {0}'), noRecord: t('There is no record {0} here.'),
    labelName: t('label {0}'), noLabel: t('without a label'), noPicture: t('no picture'),
    record: t('Record {0}'), position: t('At byte'), size: t('Content'), label: t('Label'),
    damageOne: t('One place is damaged and passed over.'), damageMany: t('{0} places are damaged and passed over.'), damagePlace: t('At byte {0}: {1}.'), damageMore: t('{0} more'),
    features: t('Features'), featureName: t('Name'), featureKind: t('Kind'), featureValue: t('Value'), picture: t('Picture of record {0}'),
  };
}
