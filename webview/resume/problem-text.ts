import type { ChoiceProblem } from '../../src/protocol/resume-plan';
import type { ResumeContext } from './resume-view';

/** What is wrong with a field, as a sentence; undefined when nothing is. */
export function problemText({ text, figures }: ResumeContext, problems: readonly ChoiceProblem[], field: ChoiceProblem['field']): string | undefined {
  const problem = problems.find((found) => found.field === field);
  switch (problem?.kind) {
    case undefined:
      return undefined;
    case 'range':
      return text('rangeError', plain(problem.from), figures.count(problem.to));
    case 'too-long':
      return text('warmUpError', figures.count(problem.epochs));
    case 'size':
      return text('sizeError', problem.size, problem.wanted);
  }
}

function plain(value: number): string {
  return value !== 0 && value < 0.001 ? value.toExponential(0) : String(value);
}
