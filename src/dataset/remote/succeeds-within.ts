import { answerWithin } from '../../base/answer-within';

/** Whether `work` ends well within `ms`; neither its error nor a later end matters to the caller. */
export function succeedsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  return answerWithin(ms, work, () => new Error('too late')).then(() => true, () => false);
}
