import type { ResumePoint } from '../../protocol/resume-panel';

export interface TrainingPlan {
  readonly dataset: string;
  readonly out: string;
  /** Absent: as long as the recipe says. */
  readonly epochs?: number;
  /** A new network by name, or a new head on a parent's backbone. */
  readonly start: { readonly network: string; readonly recipe?: string } | ForkStart;
}

export interface ForkStart extends HeadStart {
  readonly parent: string;
  readonly head: string;
}

/** What a fork sets besides its head; the recipe says the rest. */
export interface HeadStart {
  readonly point?: ResumePoint;
  readonly margin?: number;
  readonly warmUpEpochs?: number;
  readonly scale?: 'adacos' | number;
  readonly learningRate?: number;
}

/** Arguments of the command line for a training. */
export function trainArguments({ dataset, out, epochs, start }: TrainingPlan): string[] {
  const origin = 'network' in start ? ['--network', start.network, ...(start.recipe === undefined ? [] : ['--recipe', start.recipe])] : forkArguments(start);
  return ['train', '--dataset', dataset, '--out', out, ...origin, ...(epochs === undefined ? [] : ['--epochs', String(epochs)])];
}

function forkArguments({ parent, head, point, margin, warmUpEpochs, scale, learningRate }: ForkStart): string[] {
  const settings: readonly (readonly [string, string | number | undefined])[] = [
    ['--margin', margin], ['--margin-warm-up', warmUpEpochs], ['--scale', scale], ['--learning-rate', learningRate],
  ];
  return ['--from', point === undefined ? parent : `${parent}@${point}`, '--head', head, ...settings.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]))];
}

/** What is wrong with a number of epochs that was typed, or undefined. */
export function invalidEpochs(text: string): 'not-a-number' | 'out-of-range' | undefined {
  const epochs = Number(text);
  if (text.trim() === '' || !Number.isInteger(epochs)) return 'not-a-number';
  return epochs >= 1 && epochs <= maximumEpochs ? undefined : 'out-of-range';
}

/** The recipe's own limit. */
export const maximumEpochs = 10_000;
