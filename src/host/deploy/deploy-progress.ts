import { deploySteps, type DeployEvent, type DeployStep } from '../../protocol/deploy-events';

type EventOf<Kind extends DeployEvent['event']> = Extract<DeployEvent, { event: Kind }>;

export interface StepProgress {
  readonly step: DeployStep;
  readonly state: 'wait' | 'now' | 'done' | 'failed';
  /** Time of the command when it began, and how long it took altogether. */
  readonly beganMs: number;
  readonly tookMs: number;
  readonly notes: readonly string[];
  /** The last word of progress within the step. */
  readonly progress?: EventOf<'progress'>;
}

/** How far a deploy has come, from its events alone. */
export class DeployProgress {
  private readonly steps = new Map<DeployStep, StepProgress>();
  private now: DeployStep | undefined;
  private lastMs = 0;
  file: EventOf<'file'> | undefined;
  map: EventOf<'map'> | undefined;
  room: EventOf<'room'> | undefined;
  /** Set while only the user's hands help. */
  buttons: EventOf<'buttons'> | undefined;
  /** Bytes that were on their way to the board at least. */
  sentBytes = 0;

  /** The step that the deploy is at, or was at when it ended. */
  get current(): DeployStep | undefined {
    return this.now;
  }

  of(step: DeployStep): StepProgress {
    return this.steps.get(step) ?? { step, state: 'wait', beganMs: 0, tookMs: 0, notes: [] };
  }

  apply(event: DeployEvent): void {
    this.lastMs = event.ms;
    switch (event.event) {
      case 'step':
        this.begin(event.step, event.ms);
        this.buttons = undefined;
        break;
      case 'progress':
        this.buttons = undefined;
        if (this.now !== undefined) this.set(this.now, { progress: event });
        if (this.now === 'upload') this.sentBytes = Math.max(this.sentBytes, event.done);
        break;
      case 'notice':
        if (this.now !== undefined) this.set(this.now, { notes: [...this.of(this.now).notes, event.text] });
        break;
      case 'file':
        this.file = event;
        break;
      case 'map':
        this.map = event;
        break;
      case 'room':
        this.room = event;
        break;
      case 'buttons':
        this.buttons = event;
    }
  }

  /** The command has ended well: the current step is done. */
  finish(): void {
    this.end('done', this.lastMs);
    this.buttons = undefined;
  }

  /** The command has failed, or was cancelled, in its current step. */
  fail(): void {
    if (this.now === undefined) this.begin('check', this.lastMs);
    this.end('failed', this.lastMs);
    this.buttons = undefined;
  }

  /** A line that was started anew comes back to a step before: that one then runs within the later one. */
  private begin(step: DeployStep, ms: number): void {
    const { now } = this;
    if (now === step || (now !== undefined && deploySteps.indexOf(step) < deploySteps.indexOf(now))) return;
    this.end('done', ms);
    this.now = step;
    this.steps.set(step, { step, state: 'now', beganMs: ms, tookMs: 0, notes: [] });
  }

  private end(state: 'done' | 'failed', ms: number): void {
    const { now } = this;
    if (now !== undefined) this.set(now, { state, tookMs: ms - this.of(now).beganMs });
  }

  private set(step: DeployStep, change: Partial<StepProgress>): void {
    this.steps.set(step, { ...this.of(step), ...change });
  }
}
