import * as vscode from 'vscode';
import type { BoardPorts } from './board-ports';

/** Where the extension's own computer stands, seen from the one that boards are plugged into. */
export type RemotePlace = 'local' | 'ssh' | 'wsl' | 'container' | 'other';

/** @param remoteName as the editor has it */
export function remotePlace(remoteName: string | undefined): RemotePlace {
  if (remoteName === undefined) return 'local';
  if (remoteName === 'wsl') return 'wsl';
  if (remoteName.startsWith('ssh')) return 'ssh';
  return /container|codespaces/u.test(remoteName) ? 'container' : 'other';
}

/** Why a board may not be listed, and the way out; undefined where boards are seen. */
export function remoteHint(ports: BoardPorts): string | undefined {
  if (ports.entries.some(({ kind, path }) => kind === 'usb' || path === ports.chosen)) return undefined;
  const { t } = vscode.l10n;
  switch (remotePlace(vscode.env.remoteName)) {
    case 'local': return ports.entries.length === 0 ? t('No board is plugged in. Some cables only charge.') : undefined;
    case 'wsl': return t('This window works in WSL, which does not see the USB ports of Windows. Attach the board with usbipd, or save a package and flash it from Windows.');
    case 'container': return t('This window works in a container, which does not see USB ports unless they were passed to it. Save a package and flash it from the computer that has the board.');
    case 'ssh': return t('This window works on another computer over SSH. A board that is plugged into yours is not seen there: save a package and flash it from here.');
    case 'other': return t('This window works on another computer than the one in front of you. A board that is plugged into yours is not seen there: save a package and flash it from here.');
  }
}
