import type { ResetProfileName } from '../port/reset-profiles';
import type { FlashChip } from './own-stub';
import type { StubHello } from './stub-hello';

/** Where an upload is; the order is that of a good one. */
export const uploadStates = ['open', 'enter-isp', 'load-stub', 'set-baud', 'flash-init', 'preflight', 'write', 'verify', 'reboot', 'proof', 'done'] as const;
export type UploadState = (typeof uploadStates)[number];

/** What a report tells about the way of an upload so far. */
export class UploadJournal {
  state: UploadState = 'open';
  profile: ResetProfileName | undefined;
  stub: StubHello | 'classic' | undefined;
  chip: FlashChip | undefined;
  /** Starts of the stub; more than one where the line failed at a rate. */
  starts = 0;
  /** Bits per second at which blocks were written last. */
  baudRate: number | undefined;
}
