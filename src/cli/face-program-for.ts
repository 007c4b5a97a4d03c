import { renderFaceProgram, type FaceProgramValues, type ModelPlace } from '../board/program/face-program';
import { templateFor } from '../dataset/align';
import { cropRuleOfTitle, defaultCropRule } from '../dataset/crop-rule';
import type { KmodelFacts } from '../kmodel/kmodel-facts';

export interface FaceProgramWishes {
  /** Where the board finds the model. */
  readonly model: ModelPlace;
  readonly modelBytes: number;
  readonly detector?: ModelPlace | undefined;
  readonly landmarks?: ModelPlace | undefined;
  /** Cosine from which two faces are one person's; what the model's evaluation recommends when absent. */
  readonly threshold?: number | undefined;
}

export interface FaceProgram {
  readonly source: string;
  readonly threshold: number;
  /** What the user should know about the program. */
  readonly notes: readonly string[];
}

/** For models whose threshold nobody has measured: strict rather than lax. */
const cautiousThreshold = 0.5;

/** The program for the camera that fits a model. */
export async function faceProgramFor(facts: KmodelFacts, { model, modelBytes, detector, landmarks, threshold }: FaceProgramWishes): Promise<FaceProgram> {
  const { size, turn } = facts.input;
  const rule = cropRuleOfTitle(facts.template);
  const template = rule.kind === 'similarity' ? rule.template : defaultCropRule.kind === 'similarity' ? defaultCropRule.template : 'arcface';
  const chosen = threshold ?? facts.threshold ?? cautiousThreshold;
  const values: FaceProgramValues = {
    model, modelBytes, size, turned: turn === 'rotate180', threshold: chosen, points: templateFor(size, template).map(([x, y]) => [round(x), round(y)]),
    facesFile: typeof model === 'string' && model.startsWith('/sd/') ? '/sd/faces.txt' : '/flash/faces.txt',
    ...(detector === undefined ? {} : { detector }), ...(landmarks === undefined ? {} : { landmarks }),
  };
  return {
    source: await renderFaceProgram(values),
    threshold: chosen,
    notes: [
      ...(threshold ?? facts.threshold) === undefined ? [`The model has no measured threshold; the program takes ${cautiousThreshold}. Evaluate the model and convert it again for a better one.`] : [],
      ...(rule.kind === 'fixed-box' ? ['The model was trained on crops by a fixed box; the program aligns faces by five points instead.'] : []),
      ...(detector === undefined ? ['The program has no face detector: it takes the middle of the picture for the face (--detector names one of the firmware\'s makers).'] : []),
    ],
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
