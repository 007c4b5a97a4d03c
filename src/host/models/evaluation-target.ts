import path from 'node:path';
import type { ModelSource } from './model-source';

/** Files of an evaluation, as the command line names them in its folder. */
export const evaluationFiles = { report: 'report.json', page: 'report.html', scores: 'scores.csv' } as const;
const folderName = 'evaluation';
/** What a run itself is called among the evaluations of its forms. */
const floatName = 'float';

/**
 * Folder of a model's evaluation: `evaluation/float` and `evaluation/r01.kmodel` in a run, `<model>.evaluation` beside other models.
 * @param judgedOn name of other photos than the held-out people of the run's dataset
 */
export function evaluationFolder(source: Pick<ModelSource, 'kind' | 'model' | 'run' | 'home'>, judgedOn?: string): string {
  const { kind, model, run, home } = source;
  const suffix = judgedOn === undefined ? '' : `-${judgedOn}`;
  if (run === undefined) return path.join(home, `${path.basename(model)}.${folderName}${suffix}`);
  return path.join(run, folderName, `${kind === 'run' ? floatName : path.basename(model)}${suffix}`);
}

/** What `evaluate` judges a model on. */
export type JudgedOn =
  | { readonly kind: 'dataset'; readonly folder: string }
  /** Pairs are made when no list is given. */
  | { readonly kind: 'photos'; readonly folder: string; readonly pairs?: string };

export function evaluateArguments(model: string, on: JudgedOn, out: string, normalization: string | undefined): string[] {
  const source = on.kind === 'dataset' ? ['--dataset', on.folder] : ['--photos', on.folder, ...(on.pairs === undefined ? [] : ['--pairs', on.pairs])];
  return ['evaluate', model, ...source, '--out', out, ...(normalization === undefined ? [] : ['--normalize', normalization]), '--json'];
}
