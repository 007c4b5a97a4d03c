import type { EvaluationReport } from './report';
import type { VerificationReport } from './verification';

/** The protocol in one sentence. */
export function protocolSentence({ folds }: VerificationReport): string {
  return (
    `Protocol of Labeled Faces in the Wild: ${folds.length} folds in the order of the list, without shuffling; each fold is judged at the cosine ` +
    'threshold that is best on the other folds. The recommended threshold judges the most of all pairs rightly.'
  );
}

/** How the intervals and the further figures were made. */
export function methodSentences({ report: { intervals }, identification }: Pick<EvaluationReport, 'report' | 'identification'>): string[] {
  const drawn = intervals.method === 'identities'
    ? 'by drawing people with replacement, each with all their pairs'
    : 'by drawing pairs with replacement, because it is not known who they show; with people who are in several pairs they are too narrow';
  return [
    `Intervals hold at ${100 * intervals.level} %, by the bootstrap: ${intervals.samples} draws, made ${drawn} (seed ${intervals.seed}).`,
    'A true accept rate is read off the interpolated ROC curve, and only where at least 10 pairs of different people decide it.',
    ...(identification
      ? ['Identification is closed-set: everybody who is looked up is known. Rank 1: the most alike photo shows the person; a tie with somebody else is no success.']
      : []),
  ];
}
