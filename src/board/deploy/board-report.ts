import { productVersion } from '../../base/product';
import type { ByteLog } from '../isp/byte-log';
import type { IspLink } from '../isp/isp-link';
import type { UploadJournal } from '../isp/upload-journal';
import type { BoardPort } from '../port/list-ports';
import type { Transport } from '../port/transport';
import { usbIdText } from '../port/usb-boards';

/** How an upload went, to be copied into a question to somebody who was not there. Plain data. */
export interface BoardReport {
  readonly version: string;
  readonly platform: string;
  readonly state: string;
  readonly port: string;
  /** Absent for a port that no list knows. */
  readonly usb?: string;
  readonly chip?: string;
  readonly profile?: string;
  readonly baudRate: number;
  readonly stub?: string;
  /** More than one where the line failed at a rate. */
  readonly stubStarts?: number;
  readonly flash?: string;
  readonly debugLines: readonly string[];
  readonly receivedBytes: number;
  /** The last ones. */
  readonly lastBytesHex: string;
  readonly lastBytesText: string;
}

/** The part that every conversation with a board has. @param received its last bytes */
export function portReport(state: string, transport: Transport, port: BoardPort | undefined, received: ByteLog, debugLines: readonly string[] = []): BoardReport {
  const last = Buffer.from(received.bytes());
  return {
    version: productVersion, platform: `${process.platform} ${process.arch}`, state, port: transport.path,
    ...(port?.usbId ? { usb: usbIdText(port.usbId) } : {}), ...(port?.chip ? { chip: port.chip.chip } : {}), baudRate: transport.baudRate,
    debugLines: [...debugLines], receivedBytes: received.totalBytes, lastBytesHex: last.toString('hex'), lastBytesText: last.toString('latin1').replace(/[^ -~]/gu, '.'),
  };
}

export function boardReport(link: IspLink, journal: UploadJournal, port: BoardPort | undefined): BoardReport {
  const { profile, stub, chip } = journal;
  return {
    ...portReport(journal.state, link.transport, port, link.received, link.debugLines), ...(profile ? { profile } : {}), baudRate: journal.baudRate ?? link.baudRate,
    ...(stub === undefined ? {} : { stub: stub === 'classic' ? 'classic' : `own, version ${stub.version}, APB0 ${(stub.apb0Hz / 1e6).toFixed(1)} MHz, ACLK ${(stub.aclkHz / 1e6).toFixed(1)} MHz` }),
    stubStarts: journal.starts,
    ...(chip === undefined ? {} : { flash: `${Buffer.from(chip.jedecId).toString('hex')}, ${chip.sizeBytes >> 20} MiB` }),
  };
}

export function reportText(report: BoardReport): string {
  return Object.entries(report)
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0) && value !== '')
    .map(([name, value]) => `  ${name}: ${Array.isArray(value) ? value.join(' | ') : String(value)}`)
    .join('\n');
}
