import type { ControlLines } from '../port/transport';

/** What the two control lines do on a board (k210-serial.md, section 1.5). */
export type WiringName = 'dan' | 'kd233' | 'goD';

/** `held`: the chip is in reset. `isp` and `flash`: it has just left reset, with IO16 low or high. */
export type ResetOutcome = 'held' | 'isp' | 'flash';

export interface ControlWiring {
  /** What a change of the lines does to the chip; undefined when nothing. */
  change(from: ControlLines, to: ControlLines): ResetOutcome | undefined;
}

export const wirings: Readonly<Record<WiringName, ControlWiring>> = {
  dan: directWiring('rts', 'dtr'),
  kd233: directWiring('dtr', 'rts'),
  goD: { change: changeOfOldDebugger },
};

/** RESET and IO16 hang on one line each: asserted is low. */
function directWiring(reset: keyof ControlLines, boot: keyof ControlLines): ControlWiring {
  return {
    change(from, to) {
      if (to[reset]) return from[reset] ? undefined : 'held';
      if (!from[reset]) return undefined;
      return to[boot] ? 'isp' : 'flash';
    },
  };
}

/** The old CMSIS-DAP firmware of the Maix Go takes steps of lines as orders. */
function changeOfOldDebugger(from: ControlLines, to: ControlLines): ResetOutcome | undefined {
  const isPulse = to.dtr && !to.rts;
  const wasPulse = from.dtr && !from.rts;
  if (isPulse && from.dtr && from.rts) return 'isp';
  if (isPulse && !wasPulse) return 'held';
  return wasPulse && to.dtr && to.rts ? 'flash' : undefined;
}
