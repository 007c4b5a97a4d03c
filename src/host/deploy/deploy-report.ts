import { homedir } from 'node:os';
import type { DeploySession } from './deploy-session';
import { withoutCode } from './error-view';

/** A report of a deploy that failed, without the user's name or folders; undefined when it has not failed. */
export function reportOf({ phase, source, target }: DeploySession): string | undefined {
  if (phase.kind !== 'failed') return undefined;
  const { failure: { code, sentence, report } } = phase;
  const facts = Object.entries(report ?? {}).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0));
  const lines = [
    `MobileFaceNet Studio: deploy of ${source.name}${source.bytes === undefined ? '' : ` (${source.bytes} bytes)`} to ${target.kind === 'file' ? target.path : target.address}`,
    `${code ?? 'no code'}: ${withoutCode(sentence, code)}`,
    ...facts.map(([name, value]) => `  ${name}: ${Array.isArray(value) ? value.join(' | ') : String(value)}`),
  ];
  return withoutHome(lines.join('\n'), homedir());
}

/** Folders of a person name that person; one whose name only begins alike is somebody else's. */
export function withoutHome(text: string, home: string): string {
  if (home.length <= 1) return text;
  return text.split(home).reduce((before, rest) => `${before}${/^[\w.-]/u.test(rest) ? home : '~'}${rest}`);
}
