/** A task of type "mobilefacenet" in tasks.json. */
export interface JobTaskDefinition {
  readonly task: 'train' | 'prepare';
  /** `train`: the prepared dataset. */
  readonly dataset?: string;
  /** `prepare`: the folder of photos. */
  readonly photos?: string;
  /** Folder of the result. */
  readonly out?: string;
  /** `train`: a preset or a file. */
  readonly recipe?: string;
  readonly network?: string;
  readonly epochs?: number;
  /** `train`: the run, with or without `@step`, that is forked. */
  readonly from?: string;
  /** Further options of the command line. */
  readonly args?: readonly string[];
}

/** Arguments of the command line for a task. @param defaultOut folder of the result when the task names none */
export function taskArguments(definition: JobTaskDefinition, defaultOut: string): string[] {
  const { task, dataset, photos, out = defaultOut, recipe, network, epochs, from, args = [] } = definition;
  const options: readonly (readonly [string, string | number | undefined])[] = task === 'train'
    ? [['--dataset', dataset], ['--from', from], ['--out', out], ['--recipe', recipe], ['--network', network], ['--epochs', epochs]]
    : [['--out', out]];
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  return task === 'train' ? ['train', ...given, ...args] : ['dataset', 'prepare', photos ?? '', ...given, ...args];
}
