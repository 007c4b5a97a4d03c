/** Files and folders of a run folder; what they hold says `run.ts`. */
export const runFiles = {
  record: 'run.json',
  identities: 'identities.txt',
  events: 'events.jsonl',
  eventColumns: 'events.columns',
  lock: 'run.lock',
  control: 'control.json',
  checkpoints: 'checkpoints',
  bestModel: 'model/best',
  lastModel: 'model/last',
} as const;
