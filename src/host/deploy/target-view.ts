import * as vscode from 'vscode';
import type { MapBlockView, TargetView, VerdictView } from '../../protocol/deploy-panel';
import type { Figures } from '../../protocol/figures';
import { flashAddressText } from '../../protocol/flash-address';
import { defaultModelAddress, fileSystemRange } from '../../protocol/flash-layout';
import { regionEnd, type Placement } from '../../protocol/flash-plan';
import type { DeployPlan } from './deploy-plan';
import type { DeploySession } from './deploy-session';

const { t } = vscode.l10n;

/** Where it goes, what is there, and whether that is free. */
export function targetView(session: DeploySession, figures: Figures): TargetView {
  const { target, plan, flashFacts: { flashBytes }, source, phase } = session;
  const isFile = target.kind === 'file';
  const blocks = isFile ? [] : mapBlocks(session, plan, figures);
  const verdict = verdictOf(session, plan, figures);
  const room = isFile ? roomOf(session, figures) : undefined;
  return {
    kind: target.kind, place: isFile ? target.path : target.address, flashBytes, blocks,
    editable: phase.kind !== 'running' && (isFile || source.kind !== 'package'),
    title: isFile ? t('File on the board') : t('Flash, {0}', figures.binaryBytesText(flashBytes)),
    mapLabel: t('Flash map: {0}', blocks.filter(({ kind }) => kind !== 'free').map(({ title, address, end }) => t('{0} from {1} to {2}', title, flashAddressText(address), flashAddressText(end))).join('; ')),
    ...(room ? { room } : {}), ...(verdict ? { verdict } : {}),
    ...(isFile && source.hasFacts ? { withProgram: target.withProgram } : {}),
  };
}

function mapBlocks({ flashFacts: { flashBytes, firmwareEnd }, record, progress, phase, source }: DeploySession, plan: DeployPlan, figures: Figures): MapBlockView[] {
  const regions = plan.kind === 'flash' ? plan.regions : [];
  const badKinds: readonly (Placement['kind'] | undefined)[] = ['firmware', 'files', 'end'];
  const bad = plan.kind === 'flash' && badKinds.includes(plan.placement?.kind);
  const blocks: MapBlockView[] = regions.map((region) => ({
    address: region.address, end: Math.min(regionEnd(region), flashBytes), kind: 'new', title: region.name, note: newNote(region.bytes, phase.kind === 'failed' || phase.kind === 'cancelled' ? progress.sentBytes : 0, figures), ...(bad ? { bad } : {}),
  }));
  const bringsFirmware = regions.some(({ address }) => address === 0);
  if (firmwareEnd !== undefined && !bringsFirmware) blocks.push({ address: 0, end: firmwareEnd, kind: 'firmware', title: t('Firmware'), note: [figures.binaryBytesText(firmwareEnd), record.identity?.firmware].filter((part) => part !== undefined).join(', ') });
  const old = oldModel(record, source.name, figures);
  if (old !== undefined && !regions.some(({ address, bytes }) => address < old.end && old.address < address + bytes)) blocks.push(old);
  if (flashBytes === fileSystemRange.end) blocks.push({ ...fileSystemRange, kind: 'files', title: t('/flash (SPIFFS)'), note: t('{0}, yours, not touched', figures.binaryBytesText(fileSystemRange.end - fileSystemRange.address)) });
  return withFree(blocks.sort((a, b) => a.address - b.address), flashBytes, figures);
}

function newNote(bytes: number, writtenBytes: number, figures: Figures): string {
  return writtenBytes > 0 ? t('{0}, {1} written', figures.binaryBytesText(bytes), figures.binaryBytesText(writtenBytes)) : figures.binaryBytesText(bytes);
}

/** What was deployed to another place before. */
function oldModel({ last }: DeploySession['record'], name: string, figures: Figures): MapBlockView | undefined {
  if (last === undefined || typeof last.place !== 'number' || last.bytes === 0) return undefined;
  const title = last.model === name ? t('{0}, as it is', last.model) : last.model;
  return { address: last.place, end: regionEnd({ address: last.place, bytes: last.bytes }), kind: 'old', title, note: t('{0}, on the board now', figures.binaryBytesText(last.bytes)) };
}

/** The largest gap is named free; smaller ones need no word. */
function withFree(blocks: readonly MapBlockView[], flashBytes: number, figures: Figures): MapBlockView[] {
  const starts = [...blocks.map(({ address }) => address), flashBytes];
  let end = 0;
  let widest = { address: 0, end: 0 };
  for (const [index, start] of starts.entries()) {
    if (start - end > widest.end - widest.address) widest = { address: end, end: start };
    end = Math.max(end, blocks[index]?.end ?? end);
  }
  const size = widest.end - widest.address;
  return size < 1 << 20 ? [...blocks] : [...blocks, { ...widest, kind: 'free', title: t('free, {0}', figures.binaryBytesText(size)), note: '' }];
}

function roomOf({ progress: { room } }: DeploySession, figures: Figures): TargetView['room'] {
  if (room === undefined || room.totalBytes <= 0) return undefined;
  const { freeBytes, totalBytes, neededBytes, volume } = room;
  return {
    usedShare: (totalBytes - freeBytes) / totalBytes, newShare: Math.min(neededBytes, freeBytes) / totalBytes,
    text: t('/{0}: {1} free of {2}, {3} needed', volume, figures.binaryBytesText(freeBytes), figures.binaryBytesText(totalBytes), figures.binaryBytesText(neededBytes)),
  };
}

function verdictOf(session: DeploySession, plan: DeployPlan, figures: Figures): VerdictView | undefined {
  const { target: { place }, usual } = { target: { place: session.target.address.trim() }, usual: flashAddressText(defaultModelAddress) };
  const use = (address: number | undefined): Pick<VerdictView, 'use'> => (address === undefined ? {} : { use: { label: t('Use {0}', flashAddressText(address)), place: flashAddressText(address) } });
  if (plan.kind === 'invalid') {
    switch (plan.reason) {
      case 'address': return { good: false, text: t('{0} is no address that is a multiple of 0x1000 below 0x1000000.', place === '' ? t('Nothing') : place), note: t('Write it as 0x300000, 3145728 or 3M.'), ...use(defaultModelAddress) };
      case 'firmware-place': return { good: false, text: t('At address 0 is the firmware: without it the board does not start.'), note: t('MaixPy scripts expect {0}.', usual), ...use(defaultModelAddress) };
      case 'path': return { good: false, text: t('{0} is no place for a file on the board.', plan.text === '' ? t('Nothing') : plan.text), note: t('Write it as /sd/face.kmodel or /flash/face.kmodel.') };
    }
  }
  if (plan.kind === 'file') {
    return plan.path.startsWith('/flash/') ? { good: true, text: t('/flash is small, slow and wears out; for a model an SD card or a flash address is better.') } : undefined;
  }
  return plan.placement && placementVerdict(plan.placement, session, place, figures, use);
}

function placementVerdict(
  placement: Placement, { flashFacts: { firmwareEnd, flashBytes }, source }: DeploySession, place: string, figures: Figures, use: (address: number | undefined) => Pick<VerdictView, 'use'>,
): VerdictView {
  const name = source.kind === 'package' ? source.name : place;
  if (placement.kind === 'free') {
    if (source.kind === 'package') return { good: true, text: t('No overlap.') };
    const { lowest, highest } = placement;
    if (firmwareEnd === undefined) return { good: true, text: t('The firmware’s end is not known yet: it is read before anything is written. An address over {0} is refused.', flashAddressText(highest)) };
    return { good: true, text: t('No overlap. An address under {0} (firmware) or over {1} is refused.', flashAddressText(lowest), flashAddressText(highest)) };
  }
  const lost = figures.binaryBytesText(placement.lostBytes);
  const free = source.kind === 'package' ? undefined : placement.free;
  const note = free === undefined ? t('There is no address on this flash that is free.') : t('{0} is free.', flashAddressText(free));
  switch (placement.kind) {
    case 'firmware': return { good: false, text: t('{0} would overwrite {1} of the firmware.', name, lost), note, ...use(free) };
    case 'files': return { good: false, text: t('{0} would reach {1} into the files of /flash.', name, lost), note, ...use(free) };
    case 'end': return { good: false, text: t('{0} would end {1} behind the flash of {2}.', name, lost, figures.binaryBytesText(flashBytes)), note, ...use(free) };
  }
}
