import type { ProgressReporter } from '../../../base/progress';
import type { RankAssignment, RankReport } from './rank-messages';
import { RankProcess, type RankPlace } from './rank-process';

/** How an attempt to train with certain ranks ended. */
export type AttemptEnd =
  | { readonly kind: 'done'; readonly result: Record<string, unknown>; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string; readonly action: string; readonly cancelled: boolean }
  /** @see LostRanks */
  | LostRanks;

export interface LostRanks {
  readonly kind: 'lost';
  /** Places, in the attempt, of ranks whose process ended first, or that was the only one to complain. */
  readonly culprits: readonly number[];
  /** One sentence without a full stop. */
  readonly why: string;
  /** Whether all ranks had met. */
  readonly hadMet: boolean;
}

export interface AttemptedRank {
  readonly place: RankPlace;
  readonly assignment: RankAssignment;
}

export interface AttemptOptions {
  /** Those that this launcher starts. */
  readonly ranks: readonly AttemptedRank[];
  readonly progress: ProgressReporter;
  notice(sentence: string): void;
  readonly signal: AbortSignal;
}

/** When one rank is lost, the others say so within this time, or are ended. */
const graceMs = 3000;
/** What a rank may take to end after all is done. */
const endLimitMs = 15_000;

/** Starts the ranks, and ends all of them when the first one is lost. */
export async function attemptTraining({ ranks, progress, notice, signal }: AttemptOptions): Promise<AttemptEnd> {
  const processes: RankProcess[] = [];
  const ready = new Set<number>();
  const ended = new Map<number, string>();
  const lost = new Map<number, string>();
  const done = new Map<number, Extract<RankReport, { kind: 'done' }>>();
  let failure: Extract<RankReport, { kind: 'failed' }> | undefined;
  let cancel = (): void => undefined;
  const settled = new Promise<void>((resolve) => {
    cancel = () => {
      for (const process of processes) process.cancel();
      if (ready.size === ranks.length) return;
      // Ranks that wait for others do not hear.
      failure ??= { kind: 'failed', message: 'The training was cancelled.', action: '', cancelled: true };
      resolve();
    };
    const onReport = (rank: number, message: RankReport): void => {
      if (message.kind === 'ready') ready.add(rank);
      else if (message.kind === 'progress') progress.report(definedOnly(message.update));
      else if (message.kind === 'notice') notice(ranks.length > 1 ? `Rank ${rank}: ${message.sentence}` : message.sentence);
      else if (message.kind === 'done') done.set(rank, message);
      else if (message.kind === 'lost') lost.set(rank, message.message);
      else failure ??= message;
      const leaderIsDone = done.has(0);
      if (leaderIsDone || failure || (lost.size > 0 && done.size === 0)) resolve();
    };
    const onEnd = (rank: number, why: string): void => {
      if (!done.has(rank) && !lost.has(rank)) {
        ended.set(rank, why);
        resolve();
      }
      // A launcher that has other ranks elsewhere waits for its own alone.
      if (done.size + lost.size === ranks.length) resolve();
    };
    ranks.forEach(({ place, assignment }, rank) => {
      processes.push(new RankProcess(place, assignment, { onReport: (message) => onReport(rank, message), onEnd: (why) => onEnd(rank, why) }));
    });
  });
  signal.addEventListener('abort', () => cancel(), { once: true });
  if (signal.aborted) cancel();
  await settled;
  const leader = done.get(0);
  // Who complains of the loss of another is not the one that was lost.
  await Promise.all(processes.map((process) => process.end(leader ? endLimitMs : graceMs)));
  if (leader) return { kind: 'done', result: leader.result ?? {}, text: leader.text ?? '' };
  if (failure) return failure;
  return describeLoss(ranks, processes, { ended, lost, hadMet: ready.size === ranks.length });
}

function describeLoss(
  ranks: readonly AttemptedRank[], processes: readonly RankProcess[],
  { ended, lost, hadMet }: { readonly ended: ReadonlyMap<number, string>; readonly lost: ReadonlyMap<number, string>; readonly hadMet: boolean },
): LostRanks {
  const [first] = ended;
  if (first) {
    const [index, why] = first;
    const words = processes[index]?.lastWords.split('\n').at(-1) ?? '';
    return { kind: 'lost', culprits: [index], why: `rank ${ranks[index]?.assignment.rank} ${why}${words === '' || hadMet ? '' : ` (${words})`}`, hadMet };
  }
  const [complaint] = lost;
  const message = (complaint?.[1] ?? '').split('\n').find((line) => line !== '' && !line.startsWith('From /job')) ?? 'a rank is gone';
  return { kind: 'lost', culprits: [], why: message.replace(/\.$/, ''), hadMet };
}

function definedOnly(update: Extract<RankReport, { kind: 'progress' }>['update']): Parameters<ProgressReporter['report']>[0] {
  const { total, perSecond, detail, ...rest } = update;
  return { ...rest, ...(total === undefined ? {} : { total }), ...(perSecond === undefined ? {} : { perSecond }), ...(detail === undefined ? {} : { detail }) };
}
