import { fileSystemRange } from '../../protocol/flash-layout';
import { BoardError } from '../board-error';
import { flashSectorBytes } from '../isp/packet';

/** Bytes for one place in the flash. */
export interface FlashRegion {
  /** From the start of the flash, a multiple of a sector. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** As the user knows it: a file's name. */
  readonly name: string;
}

/** One line of the flash map; `end` is the first address after it. */
export interface FlashMapEntry {
  readonly address: number;
  readonly end: number;
  readonly what: string;
  readonly kind: 'firmware' | 'files' | 'new';
}

/** What the user agreed to lose. */
export interface OverwriteConsent {
  readonly firmware: boolean;
  readonly files: boolean;
}

/** Bytes from the start of the flash that say where a firmware ends. */
export const firmwareHeaderBytes = 5;
const hashBytes = 32;

/**
 * First address after the firmware that the boot ROM would start: flag u8 (0 plain, 1 encrypted), length u32, data, SHA-256.
 * Undefined when there is none.
 */
export function firmwareEnd(header: Uint8Array, flashBytes: number): number | undefined {
  const [flag] = header;
  if (header.length < firmwareHeaderBytes || (flag !== 0 && flag !== 1)) return undefined;
  const length = new DataView(header.buffer, header.byteOffset).getUint32(1, true);
  const end = firmwareHeaderBytes + length + hashBytes;
  return length > 0 && end <= flashBytes ? end : undefined;
}

/**
 * What is on the flash and what is to come, sorted by address.
 * @param firmware `firmwareEnd` of the flash as it is
 */
export function flashMap(regions: readonly FlashRegion[], flashBytes: number, firmware: number | undefined): FlashMapEntry[] {
  const entries: FlashMapEntry[] = regions.map(({ address, bytes, name }) => ({ address, end: sectorEnd(address + bytes.length), what: name, kind: 'new' }));
  if (firmware !== undefined && !regions.some(({ address }) => address === 0)) entries.push({ address: 0, end: firmware, what: 'firmware', kind: 'firmware' });
  if (flashBytes === fileSystemRange.end) entries.push({ ...fileSystemRange, what: 'files of /flash', kind: 'files' });
  return entries.sort((a, b) => a.address - b.address);
}

/**
 * Holds a plan against what is on the flash.
 * @throws BoardError K2-FLASH-SIZE past the end of the chip; K2-FLASH-OVERLAP for what would be lost without consent
 */
export function checkFlashPlan(map: readonly FlashMapEntry[], flashBytes: number, consent: OverwriteConsent): void {
  const news = map.filter(({ kind }) => kind === 'new');
  for (const [index, entry] of news.entries()) {
    if (entry.address % flashSectorBytes !== 0) throw new BoardError('K2-FLASH-OVERLAP', `${entry.what} would start at ${hex(entry.address)}, within a sector.`, `Choose an address that is a multiple of ${hex(flashSectorBytes)}.`);
    if (entry.end > flashBytes) {
      throw new BoardError('K2-FLASH-SIZE', `${entry.what} would end at ${hex(entry.end)}; the flash of this board ends at ${hex(flashBytes)}.`, 'Choose a lower --address or a smaller model.');
    }
    const next = news[index + 1];
    if (next !== undefined && next.address < entry.end) throw new BoardError('K2-FLASH-OVERLAP', `${entry.what} (up to ${hex(entry.end)}) and ${next.what} (from ${hex(next.address)}) overlap.`, 'Move one of them.');
    const lost = map.filter(({ kind, address, end }) => kind !== 'new' && address < entry.end && entry.address < end);
    for (const { kind, what, address, end } of lost) {
      if (kind === 'firmware' ? consent.firmware : consent.files) continue;
      throw new BoardError(
        'K2-FLASH-OVERLAP', `${entry.what} (${hex(entry.address)} to ${hex(entry.end)}) would overwrite the ${what} (${hex(address)} to ${hex(end)}).`,
        kind === 'firmware' ? 'Choose an --address after it, or add --overwrite-firmware.' : 'Choose an --address that ends before it, or add --overwrite-files.',
      );
    }
  }
}

/** As text, one line per entry. */
export function flashMapText(map: readonly FlashMapEntry[]): string {
  return map.map(({ address, end, what, kind }) => `${hex(address)} to ${hex(end)}  ${what}${kind === 'new' ? ' (new)' : ''}`).join('\n');
}

function sectorEnd(address: number): number {
  return Math.ceil(address / flashSectorBytes) * flashSectorBytes;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(6, '0')}`;
}
