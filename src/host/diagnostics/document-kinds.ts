/** A kind of file that is checked while it is edited. */
export interface DocumentKind {
  readonly name: 'recipe' | 'policy' | 'dataset';
  /** Of the whole workspace. */
  readonly glob: string;
  readonly fileName: RegExp;
}

export const documentKinds: readonly DocumentKind[] = [
  { name: 'recipe', glob: '**/*.recipe.json', fileName: /\.recipe\.json$/ },
  { name: 'policy', glob: '**/*.policy.json', fileName: /\.policy\.json$/ },
  { name: 'dataset', glob: '**/dataset.json', fileName: /(^|[/\\])dataset\.json$/ },
];

/** @param file name or path of a file */
export function documentKindOf(file: string): DocumentKind | undefined {
  return documentKinds.find(({ fileName }) => fileName.test(file));
}
