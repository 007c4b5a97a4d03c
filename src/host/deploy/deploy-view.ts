import * as vscode from 'vscode';
import type { ActionView, DeployActionName, DeployView, PhotoView, PortView, SignView } from '../../protocol/deploy-panel';
import type { Figures } from '../../protocol/figures';
import type { BoardPorts, PortEntry } from '../board/board-ports';
import type { BoardRecords } from '../board/board-records';
import { boardName, portDetails, portName } from '../board/port-words';
import { cancelledView, errorView, slowerRate } from './error-view';
import { isPossible } from './deploy-plan';
import { isRunning } from './deploy-outcome';
import type { DeploySession } from './deploy-session';
import { stepTitle, stepViews } from './step-views';
import { targetView } from './target-view';

const { t } = vscode.l10n;

/** The board computes what the simulator does when no value differs by more. */
const sameDifference = 0.02;

export interface DeployViewParts {
  readonly session: DeploySession;
  readonly ports: BoardPorts;
  readonly records: BoardRecords;
  readonly figures: Figures;
  /** The way out where ports hang on another computer. */
  readonly portHint: string | undefined;
  /** Why nothing may be started, if so. */
  readonly locked: string | undefined;
}

/** Everything that a deploy page shows. */
export function deployView(parts: DeployViewParts): DeployView {
  const { session, figures, locked, portHint } = parts;
  const { phase, source } = session;
  const pill = pillOf(session);
  const steps = stepViews(session, figures);
  const target = targetView(session, figures);
  return {
    source: source.path, title: t('Deploy {0}', source.name), ...(pill ? { pill } : {}), ...factOf(parts),
    actions: mainActions(parts), ...(locked === undefined ? {} : { locked }),
    ...(phase.kind === 'failed' ? { error: errorView(phase.failure, session, figures) } : {}),
    ...(phase.kind === 'cancelled' ? { error: cancelledView(phase.stop, session) } : {}),
    ...(source.problem === undefined ? {} : { error: { tone: 'bad', headline: source.problem.sentence, text: source.problem.action, code: source.problem.code ?? '', facts: '' } }),
    ports: portViews(parts), folded: phase.kind !== 'ready', portActions: portActions(parts), ...(portHint === undefined ? {} : { portHint }),
    steps, target, photo: photoView(session, figures), spoken: spokenText(session, steps, figures),
  };
}

function factOf({ session, records, figures }: DeployViewParts): Pick<DeployView, 'fact' | 'factPlace'> {
  const { port, source, target } = session;
  const bytes = session.progress.file?.bytes ?? source.bytes;
  const what = bytes === undefined ? t('The .kmodel of {0}', source.name) : figures.binaryBytesText(bytes);
  const board = port === undefined ? undefined : t('{0} on {1}', boardName(port, records.of(port.key)), portName(port.path));
  const isPlaced = target.kind === 'file' || source.kind !== 'package';
  const place = target.kind === 'file' ? target.path : target.address.trim();
  const to = board === undefined ? what : t('{0} to {1}', what, board);
  return { fact: !isPlaced ? to : target.kind === 'file' ? t('{0}, file', to) : t('{0}, flash address', to), factPlace: isPlaced ? place : '' };
}

function pillOf({ phase, progress }: DeploySession): SignView | undefined {
  switch (phase.kind) {
    case 'ready': return undefined;
    case 'running': return { icon: 'circle-filled', tone: 'good', text: phase.cancelling ? t('Stopping') : runningWord(progress.current) };
    case 'failed': return { icon: 'error', tone: 'bad', text: t('Stopped at {0}', stepTitle(progress.current ?? 'check').toLowerCase()) };
    case 'cancelled': return { icon: 'circle-slash', tone: '', text: t('Cancelled') };
    case 'done':
      if (isRunning(phase.result)) return { icon: 'pass', tone: 'good', text: t('Running on the board') };
      return phase.result.verified ? { icon: 'pass', tone: 'good', text: t('Verified on the board') } : { icon: 'warning', tone: 'warn', text: t('Written, not verified') };
  }
}

export function runningWord(step: DeploySession['progress']['current']): string {
  switch (step) {
    case 'convert': return t('Converting');
    case 'upload': return t('Uploading');
    case 'verify': return t('Verifying');
    case 'reboot': return t('Rebooting');
    case 'proof': return t('Waiting for proof');
    case 'check':
    case undefined: return t('Checking');
  }
}

function mainActions({ session, locked, figures }: DeployViewParts): ActionView[] {
  const { phase, source } = session;
  const action = (name: DeployActionName, label: string, primary = false, disabledBecause = locked): ActionView => ({ name, label, primary, ...(disabledBecause === undefined ? {} : { disabledBecause }) });
  const save = source.kind === 'model' && session.target.kind === 'flash' ? [action('save-package', t('Save Package (.kfpkg)'))] : [];
  switch (phase.kind) {
    case 'running':
      return [action('cancel', t('Cancel'), false, phase.cancelling ? t('The board is being started again') : undefined)];
    case 'failed': {
      const rate = slowerRate(phase.failure);
      const again = rate === undefined ? action('again', t('Try Again'), true, locked ?? obstacle(session)) : action('again-slower', t('Try Again at {0}', figures.count(rate)), true, locked ?? obstacle(session));
      return [action('copy-report', t('Copy Report'), false, undefined), again];
    }
    case 'done':
      return [...save, action('monitor', t('Open Serial Monitor')), action('deploy', t('Deploy Again'), true, locked ?? obstacle(session))];
    case 'cancelled':
    case 'ready':
      return [...save, action('deploy', t('Deploy'), true, locked ?? obstacle(session))];
  }
}

/** Why nothing can be written now. */
function obstacle(session: DeploySession): string | undefined {
  const { port, plan, source } = session;
  if (source.problem !== undefined) return source.problem.sentence;
  if (port === undefined) return t('Choose a board first');
  if (port.permission.kind === 'denied') return t('Your user may not open {0}', portName(port.path));
  if (port.permission.kind === 'missing') return t('{0} is not there', portName(port.path));
  if (isPossible(plan)) return undefined;
  return plan.kind === 'invalid' && plan.reason === 'path' ? t('Give a path on the board first') : t('Choose a free address first');
}

function portViews({ session, ports, records }: DeployViewParts): PortView[] {
  const { phase } = session;
  const shown = phase.kind === 'ready' ? ports.entries : ports.entries.filter(({ path }) => path === ports.chosen);
  return shown.map((entry) => portView(entry, records, entry.path === ports.chosen, phase.kind === 'ready', session.asking === entry.path));
}

function portView(entry: PortEntry, records: BoardRecords, chosen: boolean, canAct: boolean, isAsked: boolean): PortView {
  const record = records.of(entry.key);
  const name = boardName(entry, record);
  const position = entry.port?.position;
  const base = { path: entry.path, name: position === undefined ? name : t('Port {0} of {1}', position, name), details: portDetails(entry, record), chosen };
  if (entry.permission.kind === 'denied') return { ...base, sign: { icon: 'lock', tone: 'warn', text: '' }, ...(canAct ? { action: { name: 'copy-fix', label: t('Copy the Fix') } } : {}) };
  if (entry.permission.kind === 'missing') return { ...base, sign: { icon: 'warning', tone: 'warn', text: t('not there') } };
  if (isAsked) return { ...base, sign: { icon: 'clock', tone: '', text: t('asking') } };
  if (record.last !== undefined) return { ...base, sign: { icon: 'pass', tone: 'good', text: t('used here before') } };
  return canAct && record.identity === undefined ? { ...base, action: { name: 'ask', label: t('Ask') } } : base;
}

function portActions({ session, locked }: DeployViewParts): ActionView[] {
  const action = (name: DeployActionName, label: string): ActionView => ({ name, label, primary: false });
  if (session.phase.kind === 'running') return [];
  if (session.phase.kind !== 'ready') return [action('change', t('Change…'))];
  return [action('look-again', t('Look Again')), action('other-port', t('Other Port…')), ...(locked === undefined ? [action('virtual-board', t('Try the Virtual Board'))] : [])];
}

function photoView(session: DeploySession, figures: Figures): PhotoView {
  const { photo, phase } = session;
  const action = (name: DeployActionName, label: string): ActionView => ({ name, label, primary: false });
  const choose = action('choose-photo', photo === undefined ? t('Choose a Photo…') : t('Other Photo…'));
  if (photo === undefined) {
    return { align: true, rows: [], actions: [choose], text: t('One photo goes through the float model, the .kmodel on this computer and the board. It needs the program for the camera on the board.') };
  }
  const base = { align: photo.align, chosen: photo.file.split(/[\\/]/).at(-1) ?? photo.file, rows: [] };
  const check = session.mayCheckPhoto ? [action('check-photo', t('Compare Again'))] : [];
  const clear = action('clear-photo', t('Remove'));
  switch (photo.state.kind) {
    case 'waiting':
      return phase.kind === 'done'
        ? { ...base, actions: [choose, clear], text: t('No program on the board takes photos. Deploy to a path with the program for the camera, then compare.') }
        : { ...base, actions: [choose, clear], text: t('Runs by itself after the reboot, if a program for the camera is on the board.') };
    case 'running':
      return { ...base, actions: [], sign: { icon: 'clock', tone: '', text: t('comparing') }, text: t('The photo goes through the board.') };
    case 'failed':
      return { ...base, actions: [...check, choose, clear], sign: { icon: 'error', tone: 'bad', text: t('failed') }, text: photo.state.sentence };
    case 'done': {
      const { boardMs, simulator, original, simulatorToOriginal } = photo.state.result;
      const same = simulator.largestDifference <= sameDifference;
      const toFloat = original !== undefined && simulatorToOriginal !== undefined;
      const cosine = (value: number | undefined): string => (value === undefined ? '–' : figures.fixed(value, 4));
      return {
        ...base, actions: [...check, choose, clear],
        sign: same ? { icon: 'pass', tone: 'good', text: t('equal') } : { icon: 'error', tone: 'bad', text: t('different') },
        rows: [
          { name: t('Float, desktop'), cosine: toFloat ? cosine(1) : '–', time: '–' },
          { name: t('.kmodel, desktop'), cosine: cosine(toFloat ? simulatorToOriginal.cosine : 1), time: '–' },
          { name: t('.kmodel, board'), cosine: cosine(toFloat ? original.cosine : simulator.cosine), time: `${figures.fixed(boardMs, 1)} ms` },
        ],
        text: [
          same ? t('The board gives the same numbers as the simulator (largest difference {0}).', figures.fixed(simulator.largestDifference, 4)) : t('The largest difference between board and simulator is {0}.', figures.fixed(simulator.largestDifference, 4)),
          toFloat ? '' : t('The float model is no longer there to compare with.'),
        ].filter((part) => part !== '').join(' '),
      };
    }
  }
}

function spokenText({ phase, progress }: DeploySession, steps: DeployView['steps'], figures: Figures): string {
  const step = steps.find(({ step: name }) => name === progress.current);
  switch (phase.kind) {
    case 'running': return step?.share === undefined || step.share === null ? runningWord(progress.current) : t('{0}, {1}, {2}', runningWord(progress.current), figures.percentText(step.share, 0), step.time);
    case 'done': return isRunning(phase.result) ? t('The model runs on the board') : t('The model is on the board');
    case 'cancelled': return t('Cancelled');
    case 'failed':
    case 'ready': return '';
  }
}
