import type { BoardErrorCode } from '../../../src/board/board-error';
import { framePlaces, wireDirections, type FaultInput } from '../../../src/board/emulator/faults';
import { modelBytes, type Trial, type TrialOptions } from './deploy-trial';

/** How a deployment with faults has to end: with everything proved, or with this error. */
export type Expectation = 'verified' | 'cancelled' | BoardErrorCode;

export interface FaultCase extends Partial<TrialOptions> {
  readonly what: string;
  readonly faults: readonly FaultInput[];
  /** Any of these. */
  readonly expect: readonly Expectation[];
}

/** Not aligned to a block at either end, not even to a sector at the last. */
export const trialRegions = [{ address: 0x3fd000, bytes: modelBytes(20_001), name: 'face.kmodel' }];

/** Requests of an upload, in its order. */
const ops = { C2: 'greeting', C3: 'stub load', D2: 'stub greeting', DE: 'hello', D6: 'baud rate', DC: 'link test', D7: 'flash init', DA: 'read', DB: 'CRC', D4: 'write' } as const;
const lineFaultKinds = ['drop-byte', 'flip-bit', 'duplicate-byte', 'burst-loss'] as const;

/** One disturbance of the line in each direction, each place of a frame, and each request: all are survived. */
export function lineFaultCases(): FaultCase[] {
  return lineFaultKinds.flatMap((kind) => wireDirections.flatMap((direction) => framePlaces.flatMap((place) => Object.entries(ops).map(([op, name]): FaultCase => ({
    what: `${kind} ${direction} at ${place} of ${name}`, faults: [{ kind, direction, place, op }], expect: ['verified'],
  })))));
}

/** A line that is bad all the time: nothing gets through, and the error says where it ended. */
export function badLineCases(): FaultCase[] {
  const times = 1_000_000;
  return [
    { what: 'every greeting damaged', faults: [{ kind: 'flip-bit', direction: 'to-board', place: 'header', op: 'C2', times }], expect: ['K2-ISP-SILENT', 'K2-ISP-BOOTLOG', 'K2-ISP-GARBAGE'] },
    { what: 'every stub chunk damaged', faults: [{ kind: 'flip-bit', direction: 'to-board', place: 'payload', op: 'C3', times }], expect: ['K2-STUB-LOAD'] },
    { what: 'every link test damaged', faults: [{ kind: 'drop-byte', direction: 'to-board', place: 'payload', op: 'DC', times }], expect: ['K2-BAUD'] },
    { what: 'every write damaged', faults: [{ kind: 'flip-bit', direction: 'to-board', place: 'payload', op: 'D4', times }], expect: ['K2-WRITE'] },
    { what: 'every write acknowledgement lost', faults: [{ kind: 'lose-reply', op: 'D4', times }], expect: ['verified'] },
    { what: 'every CRC answer lost', faults: [{ kind: 'lose-reply', op: 'DB', times }], expect: ['K2-WRITE'] },
    { what: 'every CRC answer damaged', faults: [{ kind: 'flip-bit', direction: 'to-host', place: 'payload', op: 'DB', times }], expect: ['K2-WRITE', 'K2-VERIFY'] },
  ];
}

/** The rest of the fault list of k210-serial.md, section 6. */
export function boardFaultCases(): FaultCase[] {
  const replies = (['D4', 'DB', 'D7', 'C3'] as const).flatMap((op) => [
    ...[300, 3000, 30_000].map((ms): FaultCase => ({ what: `reply to ${ops[op]} ${ms / 1000} s late`, faults: [{ kind: 'delay-reply', op, ms }], expect: ['verified'] })),
    { what: `reply to ${ops[op]} lost`, faults: [{ kind: 'lose-reply', op }], expect: ['verified'] } as const,
    ...['E1', 'E2', 'E3', 'E4', 'E5'].map((status): FaultCase => ({ what: `${status} to ${ops[op]}`, faults: [{ kind: 'error-reply', op, status }], expect: ['verified'] })),
  ]);
  const unplugged = (['load', 'erase', 'program', 'crc', 'read'] as const).map((during): FaultCase => ({ what: `unplugged during ${during}`, faults: [{ kind: 'unplug', during }], expect: ['K2-PORT-LOST'] }));
  const regionAt = (address: number, bytes = 70_000): Pick<TrialOptions, 'regions'> => ({ regions: [{ address, bytes: modelBytes(bytes), name: 'face.kmodel' }] });
  return [
    ...replies, ...unplugged,
    { what: 'unplugged while verifying', faults: [{ kind: 'unplug', during: 'crc', nth: 4 }], expect: ['K2-PORT-LOST'] },
    { what: 'no fault', faults: [], expect: ['verified'] },
    { what: 'debug frames between', faults: [{ kind: 'debug-frames' }], expect: ['verified'] },
    { what: 'boot log around the greeting', faults: [{ kind: 'boot-log-noise' }], expect: ['verified'] },
    { what: 'BOOT is not wired', faults: [{ kind: 'never-isp' }], expect: ['K2-ISP-BOOTLOG'] },
    { what: 'BOOT pressed by hand', faults: [{ kind: 'manual-boot', ms: 20_000 }], expect: ['verified'] },
    { what: 'no control lines, BOOT pressed by hand', faults: [{ kind: 'no-lines' }, { kind: 'manual-boot', ms: 5000 }], expect: ['verified'] },
    { what: 'no control lines and nobody presses', faults: [{ kind: 'no-lines' }], expect: ['K2-ISP-SILENT', 'K2-ISP-BOOTLOG'] },
    { what: 'the stub is silent', faults: [{ kind: 'stub-silent' }], expect: ['K2-STUB-SILENT'] },
    { what: 'another stub runs', faults: [{ kind: 'old-stub' }], expect: ['K2-STUB-SILENT'] },
    ...[1_000_000, 500_000, 250_000, 120_000].map((baud): FaultCase => ({ what: `adapter fails above ${baud} baud`, faults: [{ kind: 'baud-limit', baud }], expect: ['verified'] })),
    { what: 'adapter fails at every rate of the stub', faults: [{ kind: 'baud-limit', baud: 9600 }], expect: ['K2-ISP-SILENT', 'K2-ISP-GARBAGE', 'K2-ISP-BOOTLOG'] },
    { what: 'port busy', faults: [{ kind: 'port-busy' }], expect: ['K2-PORT-BUSY'] },
    { what: 'port denied', faults: [{ kind: 'port-denied' }], expect: ['K2-PORT-DENIED'] },
    { what: 'port missing', faults: [{ kind: 'port-missing' }], expect: ['K2-PORT-MISSING'] },
    { what: 'flash is write-protected', faults: [{ kind: 'write-protected' }], expect: ['K2-FLASH-PROTECTED'] },
    { what: 'flash does not answer', faults: [{ kind: 'jedec-ff' }], expect: ['K2-FLASH-ID'] },
    { what: 'model past the end of an 8 MiB flash', faults: [], model: 'small-flash', ...regionAt(0x7f0000), expect: ['K2-FLASH-SIZE'] },
    { what: 'model over the firmware', faults: [], ...regionAt(0x80000), expect: ['K2-FLASH-OVERLAP'] },
    { what: 'model into the files of /flash', faults: [], ...regionAt(0xcf8000), expect: ['K2-FLASH-OVERLAP'] },
    { what: 'one byte', faults: [], ...regionAt(0x300000, 1), expect: ['verified'] },
    { what: 'an odd length over several blocks', faults: [], ...regionAt(0x301000, 131_073), expect: ['verified'] },
    ...['maix-dock', 'maix-bit', 'maix-go', 'maix-go-old', 'm5stickv', 'kd233'].map((model): FaultCase => ({ what: `wiring of ${model}`, faults: [], model, expect: ['verified'] })),
  ];
}

export function outcomeOf({ kind, code, error }: Trial): string {
  return kind === 'failed' ? (code ?? String(error)) : kind;
}

/** Ended as it has to, with no wrong word about the flash and nothing beside the region changed. */
export function isAsExpected({ expect }: FaultCase, trial: Trial): boolean {
  const named = (expect as readonly string[]).includes(outcomeOf(trial));
  return named && (trial.kind !== 'verified' || trial.holdsRegions) && trial.othersUntouched && trial.board.flashMisuse.length === 0;
}
