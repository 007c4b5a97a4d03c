import type { Figures } from '../../src/protocol/figures';
import type { ResumeChoice, ResumeOffer } from '../../src/protocol/resume-panel';
import type { ChoiceProblem, ResumePlan } from '../../src/protocol/resume-plan';
import type { ResumeStringKey } from '../../src/protocol/resume-strings';
import type { PageText } from '../common/page-texts';

/** What all sections show: one offer of the host, one choice of the user, and what follows from both. */
export interface ResumeView {
  readonly offer: ResumeOffer;
  readonly choice: ResumeChoice;
  readonly plan: ResumePlan;
  readonly problems: readonly ChoiceProblem[];
}

export interface ResumeContext {
  readonly figures: Figures;
  readonly text: PageText<ResumeStringKey>;
  readonly change: (changes: Partial<ResumeChoice>) => void;
}

/** A part of the page that is drawn anew from a view. */
export interface ResumeSection {
  readonly root: HTMLElement;
  update(view: ResumeView): void;
}
