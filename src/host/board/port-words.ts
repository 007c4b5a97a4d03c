import * as path from 'node:path';
import * as vscode from 'vscode';
import type { BoardRecord } from './board-record-schema';
import type { PortEntry } from './board-ports';

/** What a board is called: what it answered, else what its USB chip suggests. */
export function boardName({ kind, port, path: portPath }: PortEntry, { identity }: BoardRecord): string {
  if (kind === 'virtual') return vscode.l10n.t('Virtual board');
  if (identity !== undefined) return vscode.l10n.t('K210 board');
  const likely = port?.chip?.likelyBoards.split(',')[0]?.trim();
  if (likely !== undefined) return vscode.l10n.t('Probably {0}', likely);
  return kind === 'other' ? path.basename(portPath) : vscode.l10n.t('Serial port');
}

/** `ttyUSB0`, `COM3`. */
export function portName(portPath: string): string {
  return path.basename(portPath);
}

/** "ttyUSB0, CH340 (1A86:7523), not asked yet" */
export function portDetails({ kind, port, path: portPath, permission }: PortEntry, { identity }: BoardRecord): string {
  const { t } = vscode.l10n;
  if (kind === 'virtual') return t('for trying, no board is needed');
  const id = port?.usbId === undefined ? undefined : `${port.usbId.vendorId.toLowerCase()}:${port.usbId.productId.toLowerCase()}`;
  const chip = port?.chip === undefined ? id : `${port.chip.chip} (${id ?? ''})`;
  return [kind === 'other' ? portPath : portName(portPath), chip, permissionWords(permission) ?? answerWords(identity)].filter((part) => part !== undefined).join(', ');
}

function permissionWords(permission: PortEntry['permission']): string | undefined {
  const { t } = vscode.l10n;
  switch (permission.kind) {
    case 'allowed': return undefined;
    case 'missing': return t('not there now');
    case 'denied': return permission.group === undefined ? t('not allowed for your user') : t('not allowed: your user is not in the group {0}', permission.group);
  }
}

function answerWords(identity: BoardRecord['identity']): string {
  if (identity === undefined) return vscode.l10n.t('not asked yet');
  return identity.firmware === undefined ? vscode.l10n.t('answers as K210') : vscode.l10n.t('answers as K210, {0}', identity.firmware);
}
