import type { KmodelReport, LayerRow } from './inspect';
import type { KmodelFacts } from './kmodel-facts';
import { quantizationText } from './layer-text';
import { memoryAccesses } from './memory-accesses';
import { memoryBars } from './memory-map';
import { repeatingRuns } from './repeating-runs';
import { kpuLineBytes, kpuLineCount } from './simulator/kpu-memory';
import type { Program } from './v3/program';

/** How a compiled model agrees with another one. */
export interface Comparison {
  readonly model: string;
  readonly photos: string;
  readonly faces: number;
  readonly meanCosine: number;
  readonly leastCosine: number;
}

export interface ReportParts {
  /** Of version 3. */
  readonly program: Program | undefined;
  /** What `convert` wrote beside the file. */
  readonly facts: KmodelFacts | undefined;
  readonly comparison: Comparison | undefined;
}

/** Characters of a bar of the memory map. */
const barColumns = 32;
/** Bars of the longest cycle that is shown once. */
const longestCycle = 4;

type LayerFacts = KmodelFacts['layers'][number];

/** What the facts say about a layer that its file does not; nothing when they are of another file. */
export function factsOfLayer(facts: KmodelFacts | undefined, { index, kind }: LayerRow): Partial<Omit<LayerFacts, 'kind' | 'estimatedMs'>> {
  const layer = facts?.layers[index];
  if (layer?.kind !== kind) return {};
  const { kind: _kind, estimatedMs: _estimatedMs, ...others } = layer;
  return others;
}

/** The report for people. */
export function reportText(file: string, report: KmodelReport, { program, facts, comparison }: ReportParts): string {
  const lines = [
    `${file}: kmodel version ${report.version}, ${kib(report.fileBytes)}, ${report.weightBits}-bit weights`,
    `input ${report.input}, output ${report.outputs.join(', ')}`,
    `memory: ${kib(report.mainMemoryBytes)} work buffer${report.kpuMemoryBytes === undefined ? '' : `, ${kib(report.kpuMemoryBytes)} of the KPU's ${(kpuLineBytes * kpuLineCount) / 1024} KiB`}`,
    ...(report.estimatedMs === undefined ? [] : [`estimated ${report.estimatedMs.toFixed(1)} ms at 400 MHz, ${Math.round((report.cpuShare ?? 0) * 100)} % of it on the processor (only a board can tell)`]),
    ...(facts ? [`made from ${facts.source}; cosine to it ${facts.agreement.meanCosine.toFixed(4)} on average, ${facts.agreement.leastCosine.toFixed(4)} at least, on ${facts.agreement.faces} faces at conversion`] : []),
    ...(comparison ? [`compared with ${comparison.model}: cosine ${comparison.meanCosine.toFixed(4)} on average, ${comparison.leastCosine.toFixed(4)} at least, on ${comparison.faces} faces of ${comparison.photos}`] : []),
    '',
    ...report.layers.map((row) => layerLine(row, facts)),
    ...(program ? ['', ...memoryLines(report, program)] : []),
    '',
    ...report.firmware.map(({ name, loads, remark }) => `${loads ? 'loads' : 'no   '}  ${name}: ${remark}`),
    ...(report.notes.length > 0 ? ['', ...report.notes] : []),
  ];
  return lines.join('\n');
}

function layerLine(row: LayerRow, facts: KmodelFacts | undefined): string {
  const { index, kind, shape, parameterBytes, unit = '', estimatedMs, quantization } = row;
  const { name, signalToNoiseDb } = factsOfLayer(facts, row);
  const time = estimatedMs === undefined ? '' : ` ${unit.padStart(4)} ${estimatedMs.toFixed(3).padStart(8)} ms`;
  const details = [quantization && quantizationText(quantization), name, signalToNoiseDb !== undefined && `${signalToNoiseDb.toFixed(1)} dB`].filter((text) => typeof text === 'string');
  return `${String(index).padStart(4)}  ${kind.padEnd(20)} ${shape.padEnd(46)} ${kib(parameterBytes).padStart(10)}${time}${details.length > 0 ? `  ${details.join(', ')}` : ''}`;
}

/** Both memories, a line for each run of layers that look the same. */
function memoryLines({ memoryMap, mainMemoryBytes }: KmodelReport, { layers }: Program): string[] {
  if (!memoryMap) return [];
  const readsOf = (step: number): ReturnType<typeof memoryAccesses>['reads'] => {
    const layer = layers[step];
    return layer ? memoryAccesses(layer).reads : [];
  };
  const memories = [['kpu', kpuLineBytes * kpuLineCount], ['main', mainMemoryBytes]] as const;
  return memories.filter(([, bytes]) => bytes > 0).flatMap(([memory, bytes]) => [
    `${memory === 'kpu' ? 'KPU memory' : 'work buffer'}, ${kib(bytes)}: # written, = read, - kept for later`,
    ...cycleLines(memoryBars(memoryMap, memory, bytes, barColumns, readsOf)),
  ]);
}

function cycleLines(bars: readonly string[]): string[] {
  return repeatingRuns(bars, longestCycle).flatMap(({ first, last, period }) => {
    const steps = first === last ? String(first) : `${first}-${last}`;
    return bars.slice(first, first + period).map((bar, i) => `${(i === 0 ? steps : '').padStart(9)}  ${bar}${i === 0 && period > 1 ? `  these ${period} in turn` : ''}`);
  });
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
