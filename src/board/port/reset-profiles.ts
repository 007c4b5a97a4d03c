import type { ControlLines } from './transport';

/** How DTR and RTS are wired to RESET and to IO16, which the ROM samples at reset: low starts in-system programming. */
export const resetProfileNames = ['dan', 'kd233', 'goD'] as const;
export type ResetProfileName = (typeof resetProfileNames)[number];

export interface ResetProfile {
  readonly wiring: string;
  /** Line levels one after the other, each held for `lineStepMs`, after which the ROM listens. */
  readonly enterIsp: readonly ControlLines[];
  /** The same to start what is in the flash. */
  readonly reboot: readonly ControlLines[];
}

/** Each level is held this long, as kflash does. */
export const lineStepMs = 100;

export const released: ControlLines = { dtr: false, rts: false };
const dtrOnly: ControlLines = { dtr: true, rts: false };
const rtsOnly: ControlLines = { dtr: false, rts: true };
const both: ControlLines = { dtr: true, rts: true };

/** k210-serial.md, section 1.5. */
export const resetProfiles: Readonly<Record<ResetProfileName, ResetProfile>> = {
  dan: { wiring: 'RTS to RESET, DTR to IO16', enterIsp: [released, rtsOnly, dtrOnly], reboot: [released, rtsOnly, released] },
  kd233: { wiring: 'DTR to RESET, RTS to IO16', enterIsp: [released, dtrOnly, rtsOnly], reboot: [released, dtrOnly, released] },
  goD: { wiring: 'CMSIS-DAP of the Maix Go', enterIsp: [both, dtrOnly, dtrOnly], reboot: [released, dtrOnly, both] },
};

/**
 * Order in which wirings are tried: what worked last, then what the USB chip suggests, then the rest; `kd233` once more at the end,
 * because it does not succeed every time.
 */
export function profileOrder(lastGood: ResetProfileName | undefined, suggested: ResetProfileName | undefined): ResetProfileName[] {
  const order = new Set([...(lastGood ? [lastGood] : []), ...(suggested ? [suggested] : []), ...resetProfileNames]);
  return [...order, 'kd233'];
}
