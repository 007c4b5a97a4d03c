import type { ResumePoint } from '../../protocol/resume-panel';

/** What a page forks: a run, and the checkpoint that is chosen at first where somebody pointed at one. */
export interface ResumeTarget {
  readonly folder: string;
  readonly point?: ResumePoint;
}

/** A target as one text, as the command line writes it: `runs/r01@2400`. */
export function resumeKey({ folder, point }: ResumeTarget): string {
  return `${folder}@${point ?? ''}`;
}

export function resumeTarget(key: string): ResumeTarget {
  const end = key.lastIndexOf('@');
  if (end < 0) return { folder: key };
  const [folder, text] = [key.slice(0, end), key.slice(end + 1)];
  if (text === 'best' || text === 'last') return { folder, point: text };
  return /^\d+$/.test(text) ? { folder, point: Number(text) } : { folder };
}
