/** "Same person?": two photos, judged by one model in its forms. */

/** A job under way, as a page shows it. */
export interface JobLine {
  readonly label: string;
  /** 0..100; absent while the total is unknown. */
  readonly percent?: number;
}

export interface PhotoView {
  readonly name: string;
  /** The picture as a data: URL; absent when it is too large to be sent or browsers cannot show it. */
  readonly picture?: string;
}

/** One form's answer. */
export interface FormVerdict {
  /** Name of the model's file or run. */
  readonly name: string;
  readonly form: 'float' | 'kmodel';
  /** Cosine similarity. */
  readonly score: number;
  /** Its own recommended threshold; absent when it was never evaluated. */
  readonly threshold?: number;
}

export interface Verdict {
  readonly answers: readonly FormVerdict[];
  /** The comparison is still going on. */
  readonly job?: JobLine;
  /** Why there is no answer, e.g. no face in a photo. */
  readonly failure?: string;
}

export type VerdictWord = 'same' | 'different' | 'disagree' | 'unjudged';

/** What all forms say together. */
export function verdictWord(answers: readonly FormVerdict[]): VerdictWord {
  const judged = answers.flatMap(({ score, threshold }) => (threshold === undefined ? [] : [score >= threshold]));
  if (judged.length === 0) return 'unjudged';
  if (judged.every(Boolean)) return 'same';
  return judged.some(Boolean) ? 'disagree' : 'different';
}

/** How far the forms' scores lie apart; undefined for a single one. */
export function scoreSpread(answers: readonly FormVerdict[]): number | undefined {
  const scores = answers.map(({ score }) => score);
  return scores.length < 2 ? undefined : Math.max(...scores) - Math.min(...scores);
}
