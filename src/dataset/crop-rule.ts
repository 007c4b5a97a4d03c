import { UserError } from '../base/user-error';
import { templateNames, templateTitle, type TemplateName } from './align';
import { cropBoxSchema, fixedBoxes, type CropBox } from './sources/fixed-box';

/** How the crop is cut from a photo: a similarity that brings the landmarks to a template, or a box that is the same for all photos. */
export type CropRule = { readonly kind: 'similarity'; readonly template: TemplateName } | { readonly kind: 'fixed-box'; readonly box: CropBox };

export const defaultCropRule: CropRule = { kind: 'similarity', template: 'arcface' };

/** Title of crops that were made elsewhere. */
export const unknownTemplate = 'unknown';

/** The box that `fixed-box` means when no other is named. */
const defaultBox = 'casia-webface';
const boxPrefix = 'fixed-box-';

/**
 * Reads `--crop` and `--template`. A crop is `similarity`, `fixed-box` (the box of the original project's CASIA-WebFace script), the
 * name of a box, or `left,top,right,bottom`.
 * @throws UserError when it is none of them, or a template is asked for with a box
 */
export function parseCropRule(crop: string, template: TemplateName = 'arcface'): CropRule {
  if (crop === 'similarity') return { kind: 'similarity', template };
  const name = crop === 'fixed-box' ? defaultBox : crop;
  const box = Object.hasOwn(fixedBoxes, name) ? fixedBoxes[name] : boxOf(name);
  if (!box) {
    throw new UserError(`"${crop}" is no way to crop.`, `Give similarity, fixed-box, ${Object.keys(fixedBoxes).join(', ')}, or a box such as 59,14,207,222 (left, top, right, bottom).`);
  }
  if (template !== 'arcface') throw new UserError(`--template ${template} has no meaning with --crop ${crop}: a box needs no landmarks.`, 'Leave one of them out.');
  return { kind: 'fixed-box', box };
}

/** The rule as written into `dataset.json` and `face.json`: "arcface-112", "original-128" or "fixed-box-59,14,207,222". */
export function cropRuleTitle(rule: CropRule): string {
  if (rule.kind === 'similarity') return templateTitle(rule.template);
  const { left, top, right, bottom } = rule.box;
  return `${boxPrefix}${left},${top},${right},${bottom}`;
}

/**
 * The rule of a title. Crops that were made elsewhere ("unknown") and models that do not say it are taken to be ArcFace's, as nearly all are.
 * @throws UserError when this version does not know it
 */
export function cropRuleOfTitle(title: string | undefined): CropRule {
  if (title === undefined || title === unknownTemplate) return defaultCropRule;
  const rule = knownCropRule(title);
  if (rule) return rule;
  throw new UserError(`This version cannot align photos as "${title}".`, 'Give crops that are aligned already (--aligned), or use a newer version.');
}

/** The rule that a title names; undefined when this version knows none. */
export function knownCropRule(title: string): CropRule | undefined {
  const template = templateNames.find((name) => templateTitle(name) === title);
  if (template) return { kind: 'similarity', template };
  const box = title.startsWith(boxPrefix) ? boxOf(title.slice(boxPrefix.length)) : undefined;
  return box && { kind: 'fixed-box', box };
}

/** How crops were cut, as a part of a sentence, e.g. "aligned to arcface-112 by face-api". @param crops the titles in `dataset.json` */
export function describeCrops({ template, landmarks }: { readonly template: string; readonly landmarks: string }): string {
  if (template === unknownTemplate) return 'cut elsewhere, it is not known how';
  const rule = knownCropRule(template);
  if (!rule) return `cut as "${template}", which this version does not know`;
  return rule.kind === 'fixed-box' ? `cut as ${template}` : `aligned to ${template} by ${landmarks}`;
}

function boxOf(text: string): CropBox | undefined {
  const numbers = /^\d{1,6}(,\d{1,6}){3}$/u.test(text) ? text.split(',').map(Number) : [];
  const [left, top, right, bottom] = numbers;
  return cropBoxSchema.safeParse({ left, top, right, bottom }).data;
}
