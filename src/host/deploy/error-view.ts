import * as vscode from 'vscode';
import type { ErrorView } from '../../protocol/deploy-panel';
import type { BoardReportData, DeployFailureData, DeployStopData } from '../../protocol/deploy-result';
import type { Figures } from '../../protocol/figures';
import type { DeploySession } from './deploy-session';

const { t } = vscode.l10n;

/** Rates that are tried one below the other. */
const baudRates = [1_500_000, 921_600, 460_800, 230_400, 115_200];
const bytesPerRow = 16;

/** The rate that a failed line is worth trying at next; undefined where another rate does not help. */
export function slowerRate({ code, report }: DeployFailureData): number | undefined {
  const ofTheLine = code !== undefined && /^K2-(WRITE|VERIFY|BAUD|STUB-LOAD|STUB-SILENT|PORT-LOST|REPL-LINE)$/u.test(code);
  return ofTheLine && report !== undefined ? baudRates.find((rate) => rate < report.baudRate) : undefined;
}

/** What went wrong, why, what to do, and what is safe. */
export function errorView(failure: DeployFailureData, session: DeploySession, figures: Figures): ErrorView {
  const { code, report } = failure;
  return {
    tone: 'bad', headline: withoutCode(failure.sentence, code),
    text: [remedy(failure, session, figures), safeText(session)].filter((part) => part !== '').join(' '),
    code: code ?? '',
    facts: report === undefined ? '' : [
      t('state {0}', report.state), t('{0} baud', figures.count(report.baudRate)), report.profile === undefined ? undefined : t('wiring {0}', report.profile),
      report.stubStarts !== undefined && report.stubStarts > 1 ? t('{0} starts of the stub', report.stubStarts) : undefined,
    ].filter((part) => part !== undefined).join(', '),
    ...(report === undefined || report.lastBytesHex === '' ? {} : { bytes: hexDump(report) }),
  };
}

function remedy(failure: DeployFailureData, { progress }: DeploySession, figures: Figures): string {
  const rate = slowerRate(failure);
  const again = rate === undefined ? t('Try again') : t('Try again at {0} baud', figures.count(rate));
  switch (failure.code) {
    case 'K2-PORT-MISSING': return t('Plug the board in, look again, and choose its port. Some cables only charge.');
    case 'K2-PORT-BUSY': return t('Close the program that has the port: another editor’s serial monitor, MaixPy IDE, a terminal, or ModemManager.');
    case 'K2-PORT-DENIED': return t('Copy the fix from the list of boards, run it, and log out and in again.');
    case 'K2-PORT-LOST': return t('Check cable and power. {0}: what is on the board already is skipped.', again);
    case 'K2-ISP-SILENT': return t('Hold BOOT, press and release RESET, release BOOT, and try again right away. Check that the port is the board’s.');
    case 'K2-ISP-BOOTLOG': return t('On this board the port does not pull the BOOT line: hold BOOT, press and release RESET, release BOOT, and try again right away.');
    case 'K2-ISP-GARBAGE': return t('Check that it is the board’s port, then ground and cable.');
    case 'K2-STUB-LOAD': case 'K2-STUB-SILENT': return t('Press RESET on the board. {0}.', again);
    case 'K2-BAUD': return t('Use a shorter cable without a hub, or another USB port. {0}.', again);
    case 'K2-FLASH-ID': return t('Check the supply of the board: a weak USB port is enough for the chip but not for its flash.');
    case 'K2-FLASH-PROTECTED': return t('The flash is write-protected. Flash a firmware that clears the protection, or use a path on the SD card.');
    case 'K2-FLASH-SIZE': case 'K2-FLASH-OVERLAP': return t('Choose the address that the map offers.');
    case 'K2-WRITE': return t('USB chips of these boards often lose bytes at high rates. {0}: blocks already written are checked and skipped.', again);
    case 'K2-VERIFY': return t('{0}; if it happens at the same address, the flash is worn out there: choose another address.', again);
    case 'K2-REPL-NONE': return t('A path on the board needs MaixPy or CanMV. Press RESET just after starting, or deploy to a flash address instead.');
    case 'K2-REPL-IDEMODE': return t('Disconnect MaixPy IDE, press RESET on the board, and try again.');
    case 'K2-REPL-NOSD': return t('Put in a card (FAT32, up to 32 GB), reset the board, and try again; or deploy to a flash address.');
    case 'K2-REPL-SPACE': return t('Delete files on the board, or deploy to a flash address.');
    case 'K2-REPL-READONLY': return t('Move the lock of the SD card, or check the card on a computer.');
    case 'K2-REPL-LINE': return t('Use a shorter or better cable. {0}: what has arrived is kept.', again);
    case 'K2-REPL-MAIN': return t('Deploy without the program, or delete back-ups on the board.');
    default: return progress.current === undefined && failure.action === '' ? t('The log has the details.') : failure.action;
  }
}

/** What became of the board, as far as it is known. */
function safeText({ progress, target }: DeploySession): string {
  if (target.kind === 'file') return progress.sentBytes > 0 ? t('The file of before is still on the board.') : t('Nothing was written.');
  const step = progress.current;
  if (step === 'verify' || progress.sentBytes > 0) return t('The old content at this address is gone, the firmware is untouched.');
  return step === 'convert' || step === 'check' || step === undefined ? t('Nothing was written.') : '';
}

/** What is on the board after a deploy that the user stopped: in the command's words, or as far as its progress tells. */
export function cancelledView(stop: DeployStopData | undefined, session: DeploySession): ErrorView {
  const base = { tone: '', text: '', facts: '' } as const;
  if (stop === undefined) return { ...base, headline: t('You stopped the deploy. {0}', safeText(session)), code: '' };
  const sentence = withoutCode(stop.error, stop.code);
  const [headline = sentence, ...aftermath] = sentence.split(/(?<=was cancelled\.) /u);
  return { ...base, headline, text: aftermath.join(' '), code: stop.code };
}

/** The code has a place of its own beside a sentence. */
export function withoutCode(sentence: string, code: string | undefined): string {
  return code !== undefined && sentence.startsWith(`${code}: `) ? sentence.slice(code.length + 2) : sentence;
}

function hexDump({ lastBytesHex, lastBytesText }: BoardReportData): string {
  const rows = Math.ceil(lastBytesText.length / bytesPerRow);
  return Array.from({ length: rows }, (_, row) => {
    const hex = lastBytesHex.slice(row * bytesPerRow * 2, (row + 1) * bytesPerRow * 2).replace(/../gu, '$& ').padEnd(bytesPerRow * 3);
    return `${hex} ${lastBytesText.slice(row * bytesPerRow, (row + 1) * bytesPerRow)}`;
  }).join('\n');
}
