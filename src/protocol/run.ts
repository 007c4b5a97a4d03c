/**
 * The run folder as the host, the command line and the training job see it. The training job alone writes it, except
 * `control.json`, which others write to ask something of the job, what is made from the run's models, and `events.columns`.
 *
 *     run.json         what the run is (RunRecord); rewritten when its state changes
 *     identities.txt   names of the identities, in the order of their labels, one a line
 *     events.jsonl     what happened, one RunEvent a line, append only
 *     events.columns   the same for a quick reading of long runs, by the editor; may be deleted at any time
 *     run.lock         RunLock while a job works on the run
 *     control.json     RunControl: the last request
 *     checkpoints/<step>/   model/best/   model/last/
 *     evaluation/<form>/   *.kmodel, *.onnx, ...   reports and exports, by the editor
 */
import * as z from 'zod';

export const runStateSchema = z.enum(['waiting', 'running', 'paused', 'stopping', 'finished', 'stopped', 'failed']);
/** `waiting`: the job is opening engine and data. `stopping`: asked to stop, not yet at a safe point. `stopped`: can be resumed. */
export type RunState = z.infer<typeof runStateSchema>;

export const headKindSchema = z.enum(['softmax', 'arcface', 'cosface', 'combined', 'adaface', 'subcenter-arcface']);
export type HeadKind = z.infer<typeof headKindSchema>;

/** Interval of a figure at 95 % confidence. */
const intervalSchema = z.object({ low: z.number(), high: z.number() });

export const verificationSummarySchema = z.object({
  pairs: z.number().int(),
  /** Mean 10-fold accuracy, 0..1, and its standard deviation over the folds. */
  accuracy: z.number(),
  accuracyDeviation: z.number(),
  auc: z.number(),
  /** Equal error rate, 0..1. */
  eer: z.number(),
  /** TAR at FAR 1e-3, 0..1; absent when fewer than 10 impostor pairs decide it. */
  tarAtFar1e3: z.number().optional(),
  /** Recommended cosine threshold. */
  threshold: z.number(),
  /** Bootstrap intervals; `method` says whether people or single pairs were drawn. Absent in runs of older versions. */
  intervals: z
    .object({ accuracy: intervalSchema, auc: intervalSchema, eer: intervalSchema, threshold: intervalSchema, method: z.enum(['identities', 'pairs']) })
    .optional(),
});
export type VerificationSummary = z.infer<typeof verificationSummarySchema>;

export const takenOverSchema = z.object({
  /** Weights of the network: all of them, or the run would not have begun. */
  networkWeights: z.number().int(),
  /** Identities whose part of the head came from the parent, by name, and those that are new. */
  identitiesKept: z.number().int(),
  identitiesNew: z.number().int(),
});
export type TakenOver = z.infer<typeof takenOverSchema>;

export const runRecordSchema = z.object({
  format: z.literal(1),
  toolVersion: z.string(),
  /** Name of the run folder when it was made. */
  name: z.string(),
  createdAt: z.string(),
  state: runStateSchema,
  /** One sentence with its remedy, when `state` is `failed`. */
  failure: z.string().optional(),
  network: z.string(),
  head: headKindSchema,
  /** Absolute path of the dataset folder. */
  dataset: z.string(),
  datasetFingerprint: z.string(),
  identities: z.number().int(),
  /** Images that are trained on. */
  images: z.number().int(),
  /** Images that are only measured after each epoch. Absent when there are none. */
  validationImages: z.number().int().optional(),
  heldOutIdentities: z.number().int(),
  imageSize: z.number().int(),
  /** Where the weights came from: path of the parent run (relative to this run's folder where possible) and its step. */
  parent: z.object({ run: z.string(), name: z.string(), step: z.number().int(), head: headKindSchema }).optional(),
  /** What came from the parent. The optimizer never does: its moments belong to another loss. */
  takenOver: takenOverSchema.optional(),
  /** Why the run ended before the length of its recipe. */
  ending: z.object({ rule: z.enum(['early-stopping', 'switch-head']), message: z.string() }).optional(),
  /** Path, relative to this run's folder, of the run that goes on by itself with another head. */
  successor: z.string().optional(),
  /** First step of this run: 0, or the parent's step. */
  firstStep: z.number().int(),
  lastStep: z.number().int(),
  stepsPerEpoch: z.number().int(),
  engine: z.string(),
  machine: z.object({ platform: z.string(), cores: z.number().int(), memoryBytes: z.number() }),
  /** Processes that train together since the last start; absent for a single one. */
  ranks: z.number().int().optional(),
  recipe: z.unknown(),
  /** Verification before the first step: of the untrained network, or of the parent's. */
  initialVerification: verificationSummarySchema.optional(),
  /** What came out, once the job has ended by itself or was stopped. */
  result: z
    .object({
      /** Mean of the first and of the last 20 steps. */
      firstLoss: z.number(),
      lastLoss: z.number(),
      imagesPerSecond: z.number(),
      verification: verificationSummarySchema.optional(),
      /** Means over the validation images. */
      validation: z.object({ loss: z.number(), accuracy: z.number() }).optional(),
      /** SHA-256 of the last weights and slots, which all ranks of a cluster agree on. */
      weightsSha256: z.string().optional(),
    })
    .optional(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

const at = { step: z.number().int(), timeMs: z.number() };

/**
 * One line of events.jsonl. `step` counts from the very first ancestor, so a fork continues its parent's axis.
 * A `start` event with step S takes back every earlier `step`, `evaluation`, `validation` and `checkpoint` event with a step > S:
 * they came after the checkpoint that the run was resumed from.
 */
export const runEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), ...at, head: headKindSchema, resumed: z.boolean() }),
  z.object({
    kind: z.literal('step'), ...at,
    epoch: z.number().int(),
    loss: z.number().nullable(),
    /** Share of the batch whose own identity scored highest (before any margin), 0..1. */
    accuracy: z.number(),
    learningRate: z.number(),
    /** Margin in force at this step, in the unit of the head (radians for the angular ones); 0 for softmax. */
    margin: z.number(),
    imagesPerSecond: z.number(),
    /** Share of the step spent waiting for data, 0..1. */
    dataShare: z.number(),
    memoryBytes: z.number(),
    /** Euclidean length of the gradient before clipping and weight decay; null when it is not finite. */
    gradientNorm: z.number().nullable().optional(),
  }),
  z.object({ kind: z.literal('evaluation'), ...at, summary: verificationSummarySchema, best: z.boolean() }),
  /** Means over the validation images, which are never trained on, by the network as it is deployed. */
  z.object({
    kind: z.literal('validation'), ...at,
    /** Whole epochs of the run that are done. */
    epoch: z.number().int(),
    loss: z.number().nullable(),
    /** As in `step`. */
    accuracy: z.number(),
    images: z.number().int(),
  }),
  z.object({ kind: z.literal('checkpoint'), ...at }),
  z.object({ kind: z.literal('learning-rate'), ...at, from: z.number(), to: z.number(), reason: z.string() }),
  /** The run ends by a rule; `checkpoint` is the step that the weights to go on from are kept at. */
  z.object({
    kind: z.literal('ending'), ...at, rule: z.enum(['early-stopping', 'switch-head', 'not-finite']), message: z.string(), checkpoint: z.number().int().optional(),
  }),
  z.object({ kind: z.literal('state'), ...at, state: runStateSchema, message: z.string().optional() }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type RunEventOf<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>;

export const runLockSchema = z.object({
  pid: z.number().int(),
  hostName: z.string(),
  startedAt: z.string(),
  /** Milliseconds since 1970, renewed every 2 s; older than 20 s means the job does not answer. */
  heartbeatMs: z.number(),
});
export type RunLock = z.infer<typeof runLockSchema>;

export const controlWordSchema = z.enum(['pause', 'continue', 'stop-after-epoch', 'stop-now', 'switch-head']);
export type ControlWord = z.infer<typeof controlWordSchema>;

/** A request to the job; each new request has a new `id`. */
export const runControlSchema = z.object({ id: z.string(), word: controlWordSchema });
export type RunControl = z.infer<typeof runControlSchema>;
