import * as z from 'zod';

/** How two pictures are the same, closest first: equal files, equal pixels, or equal but for size, brightness, compression. */
export const copyKinds = ['bytes', 'pixels', 'near'] as const;
export type CopyKind = (typeof copyKinds)[number];

/**
 * Which side of a verification a person's pictures are on. "held-out": kept out of the training within the audited dataset;
 * "verification": what the data is checked against.
 */
export const pictureParts = ['training', 'held-out', 'verification'] as const;
export type PicturePart = (typeof pictureParts)[number];

const count = z.number().int().nonnegative();
/** Cosine, -1..1. */
const likeness = z.number();

/** A picture as "person/file", or of a dataset "person/training image 7". */
const pictureName = z.string();

const copySchema = z.object({
  photo: pictureName,
  person: z.string(),
  part: z.enum(pictureParts),
  /** As stored, but at most 4096 on the longer side. */
  widthPixels: count,
  heightPixels: count,
  sizeBytes: count,
  /** Variance of the Laplacian over the variance of the grey levels: the larger, the sharper; comparable within the group. */
  sharpness: z.number(),
  /** Proposed to stay. */
  keep: z.boolean(),
  /** How it is the same as the picture `copyOf`; absent for those that none before it in the group equals. */
  copy: z.enum(copyKinds).optional(),
  copyOf: pictureName.optional(),
  /** Bits of 64 in which the perceptual hash differs from that of `copyOf`. */
  bitsApart: count.optional(),
  /** Mean cosine with the other photos of its person, where a model judged. */
  likenessToPerson: likeness.optional(),
});

/** Copies of one picture. "two-people": they are filed under several people. Photos are sorted best first (sharpest, then largest). */
const duplicateGroupSchema = z.object({
  kind: z.enum(['two-people', 'exact', 'near']),
  people: z.array(z.string()),
  photos: z.array(copySchema),
});

const personPairSchema = z.object({
  people: z.tuple([z.string(), z.string()]),
  parts: z.tuple([z.enum(pictureParts), z.enum(pictureParts)]),
  /** Mean cosine over all pairs of a photo of one and a photo of the other. */
  likeness,
  /**
   * That mean over the geometric mean of the two people's own (mean cosine over all pairs of photos of one person): about 1 for one
   * person in two folders, whatever the model makes of this person. It is the centroids' cosine, freed of the photos' scatter.
   */
  relativeLikeness: likeness,
  photos: z.tuple([count, count]),
});

const labelOutlierSchema = z.object({
  photo: pictureName,
  person: z.string(),
  /** "other-person": it is like another person; "unlike-own": far below what is usual for its person. */
  reason: z.enum(['other-person', 'unlike-own']),
  /** Mean cosine with the other photos of its person. */
  likenessToPerson: likeness,
  /** Median of that figure over the person's photos. */
  medianLikeness: likeness,
  /** The person it is most like, with the mean cosine. */
  other: z.object({ person: z.string(), likeness }).optional(),
});

const leakedPictureSchema = z.object({
  /** Of the data that is trained on. */
  photo: pictureName,
  verificationPhoto: pictureName,
  copy: z.enum(copyKinds),
  bitsApart: count,
});

const leakageSchema = z.object({
  pictures: z.array(leakedPictureSchema),
  /** People of the same name on both sides. */
  people: z.array(z.object({ person: z.string(), verificationPerson: z.string(), photos: count })),
  /** People of different names on both sides whom the model takes for the same. */
  lookAlikes: z.array(personPairSchema),
});

const balanceSchema = z.object({
  people: count,
  photos: count,
  fewest: count,
  most: count,
  median: z.number(),
  mean: z.number(),
  /** People with one photo only. */
  single: count,
  /** 0: all people have as many photos; towards 1: one person has them all. */
  gini: z.number(),
  /** Entropy of the shares divided by its maximum: 1 when all people have as many photos. */
  evenness: z.number(),
  /** Up to ten, ascending. */
  smallest: z.array(z.object({ person: z.string(), photos: count })),
  /** Up to ten, descending. */
  largest: z.array(z.object({ person: z.string(), photos: count })),
});

/** What `dataset audit --out` writes. Lists are sorted worst first. */
export const auditReportSchema = z.object({
  format: z.literal(1),
  toolVersion: z.string(),
  createdAt: z.string(),
  data: z.object({ path: z.string(), kind: z.enum(['photos', 'dataset']), photos: count, people: count }),
  /** Null when no `--against` was given. A dataset's held-out people are checked all the same. */
  against: z.object({ path: z.string(), kind: z.enum(['photos', 'dataset', 'pairs']), photos: count, people: count, photosNotFound: z.array(z.string()) }).nullable(),
  /** Null when no `--model` was given. */
  judge: z.object({ model: z.string(), title: z.string(), threshold: z.number(), photosJudged: count }).nullable(),
  limits: z.object({ perceptualBits: count, gradientBits: count }),
  duplicates: z.array(duplicateGroupSchema),
  /** Two people of the data whom the model takes for the same. */
  samePerson: z.array(personPairSchema),
  labelOutliers: z.array(labelOutlierSchema),
  leakage: leakageSchema,
  balance: balanceSchema,
  unreadable: z.array(z.object({ photo: pictureName, detail: z.string() })),
  /** Links, folders and names that look like photos or people but cannot be used, in words. */
  passedOver: z.array(z.string()),
  /** Pictures without contrast: black, white or one colour. */
  blank: z.array(pictureName),
  /** Photos in which the judge's detector found no face. */
  withoutFace: z.array(pictureName),
  /** Photos that are proposed to be left out, with why. Empty for a dataset, whose records do not name their photos. */
  leaveOut: z.array(z.object({ photo: pictureName, reason: z.string() })),
  seconds: z.number(),
});

export type AuditReport = z.infer<typeof auditReportSchema>;
export type DuplicateGroup = z.infer<typeof duplicateGroupSchema>;
export type DuplicatePhoto = z.infer<typeof copySchema>;
export type PersonPair = z.infer<typeof personPairSchema>;
export type LabelOutlier = z.infer<typeof labelOutlierSchema>;
export type LeakedPicture = z.infer<typeof leakedPictureSchema>;
export type Leakage = z.infer<typeof leakageSchema>;
export type ClassBalance = z.infer<typeof balanceSchema>;
