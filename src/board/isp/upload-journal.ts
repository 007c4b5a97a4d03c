import { Figures } from '../../protocol/figures';
import type { ResetProfileName } from '../port/reset-profiles';
import type { FlashChip } from './own-stub';
import type { StubHello } from './stub-hello';

/** Where an upload is; the order is that of a good one. */
export const uploadStates = ['open', 'enter-isp', 'load-stub', 'set-baud', 'flash-init', 'preflight', 'write', 'verify', 'reboot', 'proof', 'done'] as const;
export type UploadState = (typeof uploadStates)[number];

/** What a report tells about the way of an upload so far. */
export class UploadJournal {
  private current: UploadState = 'open';
  profile: ResetProfileName | undefined;
  stub: StubHello | 'classic' | undefined;
  chip: FlashChip | undefined;
  /** Starts of the stub; more than one where the line failed at a rate. */
  starts = 0;
  /** Bits per second at which blocks were written last. */
  baudRate: number | undefined;
  /** Whole sectors that are to be on the flash. */
  totalBytes = 0;
  /** Of these, what the flash was found to hold, or the stub has acknowledged. */
  heldBytes = 0;
  /** The block that is being written. */
  writingAt: number | undefined;
  /** Whether anything was written, in any attempt. */
  hasWritten = false;
  /** How it was proved that everything is there; undefined as long as it was not. */
  proof: 'crc' | 'read-back' | undefined;

  constructor(private readonly onState: (state: UploadState) => void = () => undefined) {}

  get state(): UploadState {
    return this.current;
  }

  set state(state: UploadState) {
    if (state === this.current) return;
    this.current = state;
    this.onState(state);
  }

  /** The regions are gone through from their start. */
  beginWriting(totalBytes: number): void {
    this.state = 'write';
    this.totalBytes = totalBytes;
    this.heldBytes = 0;
    this.writingAt = undefined;
  }

  beginBlock(address: number): void {
    this.writingAt = address;
    this.hasWritten = true;
  }

  endBlock(bytes: number): void {
    this.writingAt = undefined;
    this.heldBytes += bytes;
  }
}

const figures = new Figures('en');

/** What a flash holds after an upload that was stopped, in sentences. */
export function whatIsOnFlash({ proof, hasWritten, totalBytes, heldBytes, writingAt, stub }: UploadJournal): string {
  const [total, held] = [figures.count(totalBytes), figures.count(heldBytes)];
  if (proof !== undefined) return `All ${total} bytes are on the flash and verified.`;
  if (!hasWritten) return 'Nothing on the flash was changed.';
  const half = writingAt === undefined ? 'what follows is as it was before' : `the block at 0x${writingAt.toString(16)} may be erased or half written`;
  if (stub === 'classic') return `${held} of ${total} bytes were sent, and ${half}; this stub cannot tell what the flash holds. The next deploy sends everything.`;
  if (heldBytes === totalBytes) return `All ${total} bytes were written, each block with the right CRC-32, but not all of them checked together. The next deploy checks them and sends nothing twice.`;
  return `${held} of ${total} bytes are on the flash, and ${half}, so it cannot be used yet. The next deploy goes on from there.`;
}
