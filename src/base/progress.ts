/** How far an operation has come. `total` is absent while it is not known. */
export interface ProgressUpdate {
  /** What is being done, e.g. "Detecting faces". */
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  /** Unit of `done` and `total`: "photos", "bytes", "steps". */
  readonly unit: string;
  /** Units of `done` in a second, once that can be told. */
  readonly perSecond?: number;
  /** One short extra fact, e.g. "52.1 photos/s". */
  readonly detail?: string;
}

/** Receives progress; implementations limit their own output rate. */
export interface ProgressReporter {
  report(update: ProgressUpdate): void;
}

/** A reporter for callers that do not care. */
export const silentProgress: ProgressReporter = { report: () => undefined };
