import type { HeadKind } from './run';

/** Networks by their id on the command line; the first is the default. */
const titles: ReadonlyMap<string, string> = new Map([
  ['k210-s', 'K210 Small'],
  ['k210-m', 'K210 Medium'],
  ['k210-full', 'K210 Full'],
  ['paper', 'Paper'],
]);

export const selectableNetworks: readonly string[] = [...titles.keys()];

/** "K210 Small" for "k210-s"; an unknown id stays as it is. */
export function networkTitle(id: string): string {
  return titles.get(id) ?? id;
}

const headTitles: Readonly<Record<HeadKind, string>> = {
  'softmax': 'Softmax',
  'arcface': 'ArcFace',
  'cosface': 'CosFace',
  'combined': 'Combined margin',
  'adaface': 'AdaFace',
  'subcenter-arcface': 'Sub-center ArcFace',
};

/** "ArcFace" for "arcface" */
export function headTitle(head: HeadKind): string {
  return headTitles[head];
}
