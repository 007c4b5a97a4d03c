import type { CommandContext } from '../base/command';
import { flashMapText, type FlashMapEntry } from '../board/image/flash-map';
import type { UploadState } from '../board/isp/upload-journal';
import type { BoardRoom } from '../board/repl/send-file';
import type { DeployEvent, DeployStep } from '../protocol/deploy-events';

/** Tells what a deploy does, to people or to a program. */
export interface DeployTeller {
  readonly step: (step: DeployStep, state: string) => void;
  readonly uploadState: (state: UploadState) => void;
  readonly file: (file: string, bytes: number, converted: boolean) => void;
  readonly map: (entries: readonly FlashMapEntry[], flashBytes: number) => void;
  readonly room: (room: BoardRoom) => void;
  readonly buttons: (buttons: 'boot-reset' | 'reset', limitMs: number) => void;
}

type Untimed<T> = T extends unknown ? Omit<T, 'ms'> : never;

/** At most ten lines of progress a second. */
const progressIntervalMs = 100;

const stepOfState: Readonly<Record<UploadState, DeployStep | undefined>> = {
  'open': 'check', 'enter-isp': 'check', 'load-stub': 'check', 'set-baud': 'check', 'flash-init': 'check', 'preflight': 'check',
  'write': 'upload', 'verify': 'verify', 'reboot': 'reboot', 'proof': 'proof', 'done': undefined,
};

/**
 * What tells of a deploy, and the context that its parts work with.
 * @param asEvents JSON objects on stderr instead of text (`protocol/deploy-events.ts`)
 */
export function deployTeller(context: CommandContext, asEvents: boolean): { readonly context: CommandContext; readonly tell: DeployTeller } {
  return asEvents ? eventTeller(context) : textTeller(context);
}

function textTeller(context: CommandContext): ReturnType<typeof deployTeller> {
  const silent = (): void => undefined;
  return { context, tell: { step: silent, uploadState: silent, file: silent, room: silent, buttons: silent, map: (entries) => context.notice(flashMapText(entries)) } };
}

function eventTeller(context: CommandContext): ReturnType<typeof deployTeller> {
  const startMs = performance.now();
  const write = ({ event, ...facts }: Untimed<DeployEvent>): void => {
    // The name comes first: readers know a line by it.
    process.stderr.write(`${JSON.stringify({ event, ms: Math.round(performance.now() - startMs), ...facts })}\n`);
  };
  const step: DeployTeller['step'] = (name, state) => write({ event: 'step', step: name, state });
  let lastMs = 0;
  let lastLabel = '';
  return {
    context: {
      ...context,
      notice: (text) => write({ event: 'notice', text }),
      progress: {
        report: ({ label, done, total, unit, perSecond }) => {
          const nowMs = performance.now();
          if (label === lastLabel && done !== total && nowMs - lastMs < progressIntervalMs) return;
          lastMs = nowMs;
          lastLabel = label;
          write({ event: 'progress', label, done, unit, ...(total === undefined ? {} : { total }), ...(perSecond === undefined ? {} : { perSecond }) });
        },
      },
    },
    tell: {
      step,
      uploadState: (state) => {
        const name = stepOfState[state];
        if (name !== undefined) step(name, state);
      },
      file: (file, bytes, converted) => write({ event: 'file', file, bytes, converted }),
      map: (entries, flashBytes) => write({ event: 'map', flashBytes, entries: entries.map((entry) => ({ ...entry })) }),
      room: (room) => write({ event: 'room', ...room }),
      buttons: (buttons, limitMs) => write({ event: 'buttons', buttons, limitMs }),
    },
  };
}
