import * as vscode from 'vscode';
import { deploySteps, type DeployStep } from '../../protocol/deploy-events';
import type { StepView } from '../../protocol/deploy-panel';
import type { DeployResult } from '../../protocol/deploy-result';
import type { Figures } from '../../protocol/figures';
import type { DeploySession } from './deploy-session';
import type { StepProgress } from './deploy-progress';

const { t } = vscode.l10n;

/** Six steps, each with what it will do, does, or has done. */
export function stepViews(session: DeploySession, figures: Figures): StepView[] {
  return deploySteps.map((step) => stepView(step, session, figures));
}

export function stepTitle(step: DeployStep): string {
  const titles: Record<DeployStep, string> = { convert: t('Convert'), check: t('Check'), upload: t('Upload'), verify: t('Verify'), reboot: t('Reboot'), proof: t('Proof') };
  return titles[step];
}

function stepView(step: DeployStep, session: DeploySession, figures: Figures): StepView {
  const { progress, phase } = session;
  const own = progress.of(step);
  const isOver = phase.kind === 'done';
  const isUnproved = step === 'proof' && phase.kind === 'done' && !hasProof(phase.result);
  const isSkipped = (step === 'convert' && session.source.kind !== 'folder') || (isOver && own.state === 'wait') || isUnproved;
  const state = isSkipped ? 'skipped' : own.state === 'failed' && phase.kind === 'cancelled' ? 'stopped' : own.state;
  const base = { step, title: stepTitle(step), state, notes: own.notes, time: '' } as const;
  const hands = state === 'now' && progress.buttons !== undefined ? { hands: handSteps(progress.buttons.buttons) } : {};
  switch (state) {
    case 'now': return { ...base, ...hands, ...runningView(step, own, session, figures) };
    case 'failed': case 'stopped': return { ...base, text: failedText(step, own, session, figures), time: t('after {0}', figures.briefDurationText(own.tookMs)), ...(step === 'upload' ? { share: shareOf(own) } : {}) };
    case 'done': return { ...base, text: doneText(step, session, figures), time: figures.briefDurationText(own.tookMs) };
    default: return { ...base, text: isOver ? doneText(step, session, figures) : plannedText(step, session, figures) };
  }
}

function plannedText(step: DeployStep, session: DeploySession, figures: Figures): string {
  const isFile = session.target.kind === 'file';
  switch (step) {
    case 'convert':
      return session.source.kind === 'folder' ? t('Makes the .kmodel if it is missing or older than the model') : t('Not needed: {0} is ready for the board', session.source.name);
    case 'check':
      return isFile ? t('Stops the program on the board and looks for room') : t('Starts the flash stub and reads what the flash holds');
    case 'upload': {
      const rate = t('{0} baud, lower if the link test fails', figures.count(session.baudRate));
      const { bytes } = session.source;
      return bytes === undefined ? t('At {0}', rate) : t('{0} at {1}; blocks that are there already are skipped', figures.exactBytes(bytes), rate);
    }
    case 'verify':
      return isFile ? t('The board sums up the file by CRC-32') : t('The board sums up the flash by CRC-32, block by block');
    case 'reboot':
      return t('Starts what is on the board');
    case 'proof':
      return t('Waits until a program on the board says that it has loaded the model');
  }
}

function runningView(step: DeployStep, { progress }: StepProgress, session: DeploySession, figures: Figures): Pick<StepView, 'text' | 'time' | 'share'> {
  if (session.phase.kind === 'running' && session.phase.cancelling) return { text: t('Stopping; the board is started again'), time: '' };
  if (progress === undefined || (step !== 'upload' && step !== 'verify' && step !== 'convert')) return { text: plannedText(step, session, figures), time: '' };
  const { label, done, total, perSecond } = progress;
  const left = total === undefined || perSecond === undefined || perSecond <= 0 ? '' : t('{0} left', figures.durationText(((total - done) / perSecond) * 1000));
  const share = total === undefined || total === 0 ? null : Math.min(1, done / total);
  if (progress.unit !== 'bytes') return { text: total === undefined ? label : t('{0}, {1} of {2}', label, figures.count(done), figures.count(total)), time: left, share };
  const amount = total === undefined ? figures.exactBytes(done) : t('{0} of {1}', figures.count(done), figures.exactBytes(total));
  return { text: perSecond === undefined ? amount : `${amount}  ·  ${rateText(perSecond, figures)}`, time: left, share };
}

function failedText(step: DeployStep, own: StepProgress, session: DeploySession, figures: Figures): string {
  const { progress } = own;
  if (session.phase.kind === 'cancelled') return t('stopped by you');
  if (step === 'upload' && progress?.total !== undefined) return t('stopped at {0} of {1}', figures.count(progress.done), figures.exactBytes(progress.total));
  return session.phase.kind === 'failed' ? session.phase.failure.sentence : '';
}

function doneText(step: DeployStep, session: DeploySession, figures: Figures): string {
  const { phase, progress } = session;
  const result = phase.kind === 'done' ? phase.result : undefined;
  switch (step) {
    case 'convert':
      if (session.source.kind !== 'folder') return plannedText(step, session, figures);
      return progress.file?.converted === true ? t('Made {0}', figures.exactBytes(progress.file.bytes)) : t('The .kmodel is up to date');
    case 'check':
      return checkedText(session, figures);
    case 'upload':
      return result === undefined ? t('Sent') : uploadedText(result, figures);
    case 'verify':
      return result === undefined ? t('Compared') : verifiedText(result, figures);
    case 'reboot':
      return t('The board was started');
    case 'proof':
      return result === undefined ? '' : proofText(result);
  }
}

function checkedText({ progress, record }: DeploySession, figures: Figures): string {
  const { map, room } = progress;
  if (room !== undefined) return t('{0} free on /{1}, {2} needed', figures.binaryBytesText(room.freeBytes), room.volume, figures.binaryBytesText(room.neededBytes));
  if (map === undefined) return t('The board answers');
  const firmware = map.entries.find(({ kind }) => kind === 'firmware');
  const flash = t('flash {0}', figures.binaryBytesText(map.flashBytes));
  const name = record.identity?.firmware ?? t('firmware');
  return firmware === undefined ? t('{0}, no firmware found', flash) : t('{0}, {1} up to {2}', flash, name, figures.binaryBytesText(firmware.end));
}

function uploadedText(result: DeployResult, figures: Figures): string {
  if ('regions' in result) {
    const rate = result.writtenBytes > 0 && result.uploadSeconds > 0 ? `, ${t('{0} baud', figures.count(result.report.baudRate))}` : '';
    return `${t('{0} written, {1} there already', figures.exactBytes(result.writtenBytes), figures.exactBytes(result.skippedBytes))}${rate}`;
  }
  if (result.unchanged) return t('The board had this very file already');
  return t('{0} at {1} baud', figures.exactBytes(result.bytes - result.resumedAtBytes), figures.count(result.baudRate));
}

function verifiedText(result: DeployResult, figures: Figures): string {
  if (!('regions' in result)) return t('{0} read by the board, CRC-32 {1} equal', figures.exactBytes(result.bytes), result.crc32.toString(16).padStart(8, '0'));
  switch (result.verification) {
    case 'crc': return t('The flash has the CRC-32 of every block');
    case 'read-back': return t('Every byte was read back and is equal');
    case 'none': return t('Not at all: this stub cannot read the flash');
  }
}

/** Whether the board itself said that it has loaded the model. */
function hasProof(result: DeployResult): boolean {
  return 'regions' in result ? result.boot?.kind === 'ready' : result.loads.kind === 'loaded';
}

function proofText(result: DeployResult): string {
  if (!('regions' in result)) {
    if (result.loads.kind === 'loaded') return t('The board has loaded the model in {0} ms', result.loads.ms);
    return t('The firmware has no way to try the model');
  }
  const { boot } = result;
  switch (boot?.kind) {
    case 'ready': return boot.loadMs === undefined ? t('The program on the board has loaded the model') : t('The program on the board has loaded the model in {0} ms', boot.loadMs);
    case 'failed': return t('The program on the board did not load the model: {0}', lastLine(boot.said));
    case 'prompt': return t('No program runs on the board yet; MicroPython waits at its prompt');
    case 'silent': return boot.said === '' ? t('The board started and says nothing') : t('No word about the model; the board said: {0}', lastLine(boot.said));
    case undefined: return t('Not waited for');
  }
}

function handSteps(buttons: 'boot-reset' | 'reset'): string[] {
  return buttons === 'reset' ? [t('Press RESET on the board')] : [t('Hold BOOT'), t('Press and release RESET'), t('Release BOOT')];
}

function shareOf({ progress }: StepProgress): number | null {
  return progress?.total === undefined || progress.total === 0 ? null : Math.min(1, progress.done / progress.total);
}

function rateText(perSecond: number, figures: Figures): string {
  return t('{0} KB/s', figures.count(perSecond / 1000));
}

function lastLine(text: string): string {
  return text.split(/[\r\n]+/u).filter((line) => line.trim() !== '').at(-1) ?? '';
}
