import type { EngineRecord } from '../engine-record';

const stepTitles: Readonly<Record<string, string>> = {
  existing: 'already installed',
  configured: 'folder that you set',
  python: 'TensorFlow of Python',
  archive: 'official archive',
  index: 'package index',
  pip: 'pip',
  file: 'file that you named',
  none: 'WebAssembly fallback',
};

/** What happened in words for people: the engine, and one line for each way that was tried in vain. */
export function engineReport(record: EngineRecord): string {
  const lines =
    record.kind === 'native'
      ? [`TensorFlow ${record.version} (native; ${stepTitles[record.step] ?? record.step})`, `in ${record.libraryPath ?? ''}`, `on ${record.devices.join(', ')}`]
      : [`TensorFlow.js ${record.version} (WebAssembly): about ten times slower than the native engine.`, 'The native engine could not be installed:'];
  return [...lines, ...triedLines(record)].join('\n');
}

/** One line for each way that was closed. */
export function triedLines(record: EngineRecord): string[] {
  return record.tried.map(({ step, why, seconds }) => `  ${stepTitles[step] ?? step}: ${why} (${seconds.toFixed(1)} s)`);
}
