import * as vscode from 'vscode';
import type { DeployStrings } from '../../protocol/deploy-strings';

/** The deploy page's texts in the editor's language. */
export function deployStrings(): DeployStrings {
  const { t } = vscode.l10n;
  return {
    loading: t('Looking for boards'), board: t('Board'), steps: t('Steps'), stepsLabel: t('Deploy steps'),
    address: t('Address'), path: t('Path'), targetLabel: t('Place on the board'), targetFlash: t('Flash'), targetFile: t('File'),
    withProgram: t('With the program for the camera'), showBytes: t('Show the last 256 bytes'), hideBytes: t('Hide the last 256 bytes'),
    samePhoto: t('Same photo, three places'), cosine: t('cosine'), time: t('time'), align: t('Find and align the face'), photoAlt: t('The photo {0}'),
    uploadLabel: t('{0}: {1} %'), stateWait: t('waiting'), stateNow: t('running'), stateDone: t('done'), stateFailed: t('failed'), stateStopped: t('stopped'), stateSkipped: t('not needed'),
  };
}
