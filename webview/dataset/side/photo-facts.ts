import type { LookView } from '../../../src/protocol/explorer-page';
import { element } from '../../common/element';
import type { ExplorerModel, PhotoNumber } from '../model';
import type { PageContext } from '../page-context';

/** Term and value pairs about a photo. */
export function photoFacts(context: PageContext, model: ExplorerModel, photo: PhotoNumber, look: LookView | undefined): HTMLElement[] {
  const { text } = context;
  const rows: [string, string][] = [[text('factFile'), model.idOf(photo)], ...faceFacts(context, look)];
  const likeness = likenessOf(context, model, photo);
  if (likeness !== undefined) rows.push([text('factLikeness'), likeness]);
  rows.push([text('factSplit'), splitOf(context, model, photo)]);
  const states = [...(model.isLeftOut(photo) ? [text('stateLeftOut')] : []), ...(model.isChecked(photo) ? [text('stateChecked')] : [])];
  if (states.length > 0) rows.push([text('factState'), states.join(', ')]);
  return rows.flatMap(([term, value]) => [element('dt', {}, term), element('dd', { class: 'num' }, value)]);
}

function faceFacts({ text, figures }: PageContext, look: LookView | undefined): [string, string][] {
  const face = look?.face;
  const rows: [string, string][] = [];
  if (look?.faces !== undefined) {
    const rest = [face?.score === undefined ? '–' : figures.fixed(face.score, 2), figures.count(look.milliseconds)] as const;
    rows.push([text('factDetector'), look.faces === 1 ? text('detectorFace', ...rest) : text('detectorFaces', figures.count(look.faces), ...rest)]);
  }
  else if (face) rows.push([text('factDetector'), text('detectorKnown')]);
  if (!face) return rows;
  const { measures } = face;
  rows.push([text('factEyes'), text('eyesValue', figures.fixed(face.eyeDistancePixels, 0), figures.fixed(face.scale, 2), figures.fixed(measures?.rollDegrees ?? 0, 1))]);
  if (!measures) return rows;
  rows.push([text('factQuality'), text('qualityValue', figures.fixed(measures.sharpness, 0), figures.fixed(measures.brightness, 0), figures.fixed(measures.contrast, 0))]);
  rows.push([text('factPose'), text('poseValue', figures.fixed(measures.yawDegrees, 0), figures.fixed(measures.pitchDegrees, 0))]);
  return rows;
}

function likenessOf({ text, figures }: PageContext, model: ExplorerModel, photo: PhotoNumber): string | undefined {
  const id = model.idOf(photo);
  const outlier = model.audit?.outliers.find((entry) => entry.photo === id);
  if (outlier) {
    const own = figures.fixed(outlier.likenessToPerson, 2);
    return outlier.other ? text('likenessOther', own, outlier.person, figures.fixed(outlier.other.likeness, 2), outlier.other.person) : text('likenessValue', own, outlier.person);
  }
  const copy = model.audit?.copies.flatMap(({ photos }) => photos).find((entry) => entry.photo === id);
  return copy?.likenessToPerson === undefined ? undefined : text('likenessValue', figures.fixed(copy.likenessToPerson, 2), copy.person);
}

function splitOf({ text }: PageContext, model: ExplorerModel, photo: PhotoNumber): string {
  const { heldOut } = model.split;
  if (heldOut.length === 0) return text('splitUnknown');
  return text(heldOut.includes(model.person(model.personOf(photo)).name) ? 'splitHeldOut' : 'splitTraining');
}
