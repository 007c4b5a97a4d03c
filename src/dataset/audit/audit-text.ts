import type { AuditReport, DuplicateGroup, PersonPair } from './audit-artifact';
import { copyWords, outlierReason } from './leave-out-proposal';

/** Lines of each kind of finding that a terminal is given; the JSON report has all. */
const shownFindings = 20;

/** The report for a terminal, worst findings first. */
export function auditText(report: AuditReport): string {
  const { duplicates, leakage, samePerson, labelOutliers, unreadable, passedOver, blank, withoutFace } = report;
  const groups = (kind: DuplicateGroup['kind']): string[] => duplicates.filter((group) => group.kind === kind).map(groupLine);
  const sections = [
    section('photos that also serve for verification', leakage.pictures.map((leaked) => `${leaked.photo} is ${copyWords(leaked)} ${leaked.verificationPhoto}`)),
    section('people who also serve for verification', leakage.people.map(({ person, verificationPerson, photos }) => `${person} (${photos} photos) is ${verificationPerson} there`)),
    section('pairs of a person to train on and one for verification who look like the same', leakage.lookAlikes.map(pairLine)),
    section('groups of copies filed under several people', groups('two-people')),
    section('pairs of people who look like the same person', samePerson.map(pairLine)),
    section('photos that are likely filed under the wrong person', labelOutliers.map((outlier) => `${outlier.photo}: ${outlierReason(outlier)}`)),
    section('groups of exact copies', groups('exact')),
    section('groups of near-duplicates', groups('near')),
    section('files that cannot be read', unreadable.map(({ photo, detail }) => `${photo}: ${detail}`)),
    section('things in the folder that were passed over', passedOver),
    section('pictures that show nothing but one colour', blank),
    section('photos without a face', withoutFace),
  ];
  const found = sections.flat();
  return [...headLines(report), ...(found.length > 0 ? found : ['Nothing to review.'])].join('\n');
}

function headLines({ data, against, judge, balance, seconds }: AuditReport): string[] {
  const range = balance.fewest === balance.most ? `${balance.most} each` : `${balance.fewest} to ${balance.most} each, median ${balance.median}`;
  const missing = against && against.photosNotFound.length > 0 ? `; ${against.photosNotFound.length} of its photos were not found and are compared by name only` : '';
  return [
    `${data.photos} pictures of ${data.people} people in ${data.path} (${range}), audited in ${seconds.toFixed(1)} s`,
    `Balance: Gini coefficient ${balance.gini.toFixed(2)}, evenness ${balance.evenness.toFixed(2)}, ${balance.single} people with one photo only`,
    ...(against ? [`Checked against ${against.photos} pictures of ${against.people} people in ${against.path}${missing}`] : []),
    ...(judge ? [`Judged by ${judge.title} at threshold ${judge.threshold.toFixed(4)}: ${judge.photosJudged} faces`] : ['People were not judged: no --model was given.']),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > shownFindings ? [`  and ${lines.length - shownFindings} more`] : [];
  return [`${lines.length} ${title}:`, ...lines.slice(0, shownFindings).map((line) => `  ${line}`), ...more];
}

function groupLine({ photos }: DuplicateGroup): string {
  return photos.map(({ photo, keep }) => (keep ? `${photo} (keep)` : photo)).join(', ');
}

function pairLine({ people: [a, b], likeness, photos: [photosA, photosB] }: PersonPair): string {
  return `${a} (${photosA} photos) and ${b} (${photosB} photos): likeness ${likeness.toFixed(2)}`;
}
