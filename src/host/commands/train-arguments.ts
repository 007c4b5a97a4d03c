export interface TrainingPlan {
  readonly dataset: string;
  readonly out: string;
  readonly epochs: number;
  /** A new network by name, or a new head on a parent's backbone. */
  readonly start: { readonly network: string } | { readonly parent: string; readonly head: string };
}

/** Arguments of the command line for a training. */
export function trainArguments({ dataset, out, epochs, start }: TrainingPlan): string[] {
  const origin = 'network' in start ? ['--network', start.network] : ['--from', start.parent, '--head', start.head];
  return ['train', '--dataset', dataset, '--out', out, ...origin, '--epochs', String(epochs)];
}

/** What is wrong with a number of epochs that was typed, or undefined. */
export function invalidEpochs(text: string): 'not-a-number' | 'out-of-range' | undefined {
  const epochs = Number(text);
  if (text.trim() === '' || !Number.isInteger(epochs)) return 'not-a-number';
  return epochs >= 1 && epochs <= maximumEpochs ? undefined : 'out-of-range';
}

/** The recipe's own limit. */
export const maximumEpochs = 10_000;
