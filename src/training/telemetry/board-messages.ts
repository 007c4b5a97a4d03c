import { Figures } from '../../protocol/figures';
import type { RunEvent, RunEventOf, RunRecord } from '../../protocol/run';
import type { EventMessage } from './event-message';

const figures = new Figures('en');

/** What TensorBoard is told of an event of a run. */
export function boardMessages(event: RunEvent, record: RunRecord): EventMessage[] {
  const message = (content: EventMessage['content'], step = event.step): EventMessage => ({ wallTime: event.timeMs / 1000, step, content });
  const text = (tag: string, words: string): EventMessage => message({ kind: 'text', tag, text: words });
  switch (event.kind) {
    case 'start':
      return [message({ kind: 'start' }, event.step + 1), text('run/start', startText(event, record))];
    case 'step':
      return [message({ kind: 'scalars', values: stepScalars(event) })];
    case 'evaluation':
      return [message({ kind: 'scalars', values: verificationScalars(event) })];
    case 'validation':
      return [message({ kind: 'scalars', values: present({ 'validation/loss': event.loss ?? Number.NaN, 'validation/accuracy': event.accuracy }) })];
    case 'learning-rate':
      return [text('run/learning_rate', `${figures.learningRate(event.from)} to ${figures.learningRate(event.to)}: ${event.reason}`)];
    case 'state':
      return event.message === undefined ? [] : [text('run/state', `**${event.state}**: ${event.message}`)];
    default:
      return [];
  }
}

/** Fields that an event lacks are left out; a loss that became NaN is drawn by TensorBoard as such. */
function stepScalars(event: RunEventOf<'step'>): Map<string, number> {
  const gradientNorm = 'gradientNorm' in event && typeof event.gradientNorm === 'number' ? event.gradientNorm : undefined;
  return present({
    'loss': event.loss ?? Number.NaN, 'accuracy': event.accuracy, 'learning_rate': event.learningRate, 'gradient_norm': gradientNorm, 'margin': event.margin,
    'speed/images_per_second': event.imagesPerSecond, 'speed/data_share': event.dataShare, 'memory/gigabytes': event.memoryBytes / 1e9,
  });
}

function verificationScalars({ summary }: RunEventOf<'evaluation'>): Map<string, number> {
  return present({
    'verification/auc': summary.auc, 'verification/eer': summary.eer, 'verification/accuracy': summary.accuracy,
    'verification/threshold': summary.threshold, 'verification/tar_at_far_1e-3': summary.tarAtFar1e3,
  });
}

function present(values: Readonly<Record<string, number | undefined>>): Map<string, number> {
  return new Map(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** Markdown; at a head switch it says what is kept and what is new. */
function startText({ step, head, resumed }: RunEventOf<'start'>, { name, network, parent }: RunRecord): string {
  if (resumed) return `**${name}** resumed from checkpoint ${figures.count(step)}.`;
  if (parent === undefined) return `**${name}** starts: ${network}, ${head}.`;
  const change = parent.head === head ? `${head} again` : `${parent.head} to ${head}`;
  return `**${name}** continues **${parent.name}** from step ${figures.count(parent.step)}: ${change}. The backbone is kept, the head is new.`;
}
