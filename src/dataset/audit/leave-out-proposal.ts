import type { LeaveOutEntry } from '../quarantine';
import type { AuditReport, DuplicateGroup, DuplicatePhoto, LabelOutlier, LeakedPicture } from './audit-artifact';

type Findings = Pick<AuditReport, 'duplicates' | 'labelOutliers' | 'leakage' | 'unreadable' | 'blank' | 'withoutFace'>;

/**
 * The photos that the findings propose to leave out, each once with the gravest reason: what spoils the verification, copies under
 * two people, likely wrong people, other copies, then what cannot be used. Two people who look like the same are left to the user.
 */
export function leaveOutProposal(findings: Findings): LeaveOutEntry[] {
  const { duplicates, labelOutliers, leakage, unreadable, blank, withoutFace } = findings;
  const [betweenPeople, ofOnePerson] = [duplicates.filter(isBetweenPeople), duplicates.filter((group) => !isBetweenPeople(group))];
  const entries = [
    ...leakage.pictures.map((leaked) => ({ photo: leaked.photo, reason: leakReason(leaked) })),
    ...betweenPeople.flatMap((group) => rejectedPhotos(group)),
    ...labelOutliers.map((outlier) => ({ photo: outlier.photo, reason: outlierReason(outlier) })),
    ...ofOnePerson.flatMap((group) => rejectedPhotos(group)),
    ...unreadable.map(({ photo, detail }) => ({ photo, reason: `cannot be read: ${detail}` })),
    ...blank.map((photo) => ({ photo, reason: 'shows nothing but one colour' })),
    ...withoutFace.map((photo) => ({ photo, reason: 'no face found' })),
  ];
  const proposed = new Set<string>();
  return entries.filter(({ photo }) => {
    if (proposed.has(photo)) return false;
    proposed.add(photo);
    return true;
  });
}

/** In words, e.g. "near-duplicate (3 of 64 bits differ) of". */
export function copyWords({ copy, bitsApart }: Pick<LeakedPicture, 'copy'> & { readonly bitsApart?: number | undefined }): string {
  switch (copy) {
    case 'bytes':
      return 'the same file as';
    case 'pixels':
      return 'the same pixels as';
    case 'near':
      return `near-duplicate (${bitsApart ?? 0} of 64 bits differ) of`;
  }
}

/** In words why a photo is likely to show somebody else. */
export function outlierReason({ person, other, reason, likenessToPerson, medianLikeness }: LabelOutlier): string {
  const own = `likeness ${likenessToPerson.toFixed(2)} to ${person}`;
  if (reason === 'other-person' && other) return `likely another person: ${own}, ${other.likeness.toFixed(2)} to ${other.person}`;
  return `unlike the other photos of its person: ${own}, usual is ${medianLikeness.toFixed(2)}`;
}

function isBetweenPeople({ kind }: DuplicateGroup): boolean {
  return kind === 'two-people';
}

function rejectedPhotos(group: DuplicateGroup): LeaveOutEntry[] {
  return group.photos.filter(({ keep }) => !keep).map((photo) => ({ photo: photo.photo, reason: copyReason(photo, group) }));
}

/** In words why a copy had better be left out. */
export function copyReason({ copy, copyOf, bitsApart }: DuplicatePhoto, { kind, people }: Pick<DuplicateGroup, 'kind' | 'people'>): string {
  const what = copy ? `${copyWords({ copy, bitsApart })} ${copyOf ?? ''}` : 'copy';
  return kind === 'two-people' ? `filed under ${people.join(' and ')}: ${what}` : what;
}

function leakReason(leaked: LeakedPicture): string {
  return `also in the verification: ${copyWords(leaked)} ${leaked.verificationPhoto}`;
}
