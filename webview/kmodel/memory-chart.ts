import type { InspectedBuffer, KmodelInspection } from '../../src/protocol/kmodel-inspection';
import { element, svg } from '../common/element';
import { isAlive, kpuLineBytes, kpuMemoryBytes, memoryUse } from './memory-use';
import type { LayerSelection, PageContext } from './page-context';

const height = 232;
const margin = { left: 54, right: 1, top: 8, bottom: 22 };
/** Least height of a block in pixels, so that small results are seen. */
const leastBlock = 2;
/** Blocks that are larger than this carry their layer's number. */
const labelledWidth = 20;
const labelledHeight = 14;

/** The KPU's 2 MiB over the layers. A click on a block selects the layer that wrote it. */
export class MemoryChart {
  readonly root: HTMLElement;
  private readonly plot = element('div', { class: 'plot', id: 'memory-map' });
  private readonly blocks: { readonly buffer: InspectedBuffer; readonly shape: SVGElement }[] = [];
  private inspection: KmodelInspection | undefined;
  private selection: LayerSelection | undefined;
  private width = 0;

  constructor(private readonly context: PageContext) {
    const { text } = context;
    this.root = element('section', { 'aria-labelledby': 'memory-title' },
      element('div', { class: 'ptitle' }, element('h2', { id: 'memory-title' }, text('memoryTitle')), element('span', { class: 'mute sm' }, text('memoryLines'))), this.plot);
    new ResizeObserver(() => {
      if (this.plot.clientWidth !== this.width) this.draw();
    }).observe(this.plot);
  }

  update(inspection: KmodelInspection): void {
    this.inspection = inspection;
    this.draw();
  }

  /** Written blocks are lit; those that are read or kept meanwhile half. */
  select(selection: LayerSelection | undefined): void {
    this.selection = selection;
    for (const { buffer, shape } of this.blocks) {
      const writes = selection !== undefined && selection.first <= buffer.birth && buffer.birth <= selection.last;
      const reads = selection !== undefined && buffer.birth < selection.first && isAlive(buffer, selection.first);
      shape.setAttribute('class', `block${writes ? ' lit' : reads ? ' half' : ''}`);
    }
  }

  private draw(): void {
    this.blocks.length = 0;
    this.width = this.plot.clientWidth;
    const { inspection } = this;
    if (inspection === undefined || this.width === 0) return;
    if (inspection.memoryMap === undefined) {
      this.plot.replaceChildren(element('p', { class: 'mute sm' }, this.context.text('memoryUnknown')));
      return;
    }
    const { steps } = inspection.memoryMap;
    const buffers = inspection.memoryMap.buffers.filter(({ memory }) => memory === 'kpu');
    const scale = new Scale(this.width, steps);
    const { figures, text } = this.context;
    const use = memoryUse(buffers, steps);
    const peakLines = figures.count(use.peakBytes / kpuLineBytes);
    const label = text('memoryLabel', peakLines, figures.binaryBytesText(use.peakBytes), figures.count(use.peakFirst), figures.count(use.peakLast));
    const drawing = svg('svg', { 'class': 'memory', 'width': this.width, height, 'role': 'img', 'aria-label': label },
      cpuPattern(), ...this.axes(scale, steps), ...this.cpuRuns(inspection, scale), ...buffers.map((buffer) => this.block(buffer, scale)));
    const peak = use.peakFirst === use.peakLast ? text('memoryPeakOne', peakLines, figures.count(use.peakFirst)) : text('memoryPeak', peakLines, figures.count(use.peakFirst), figures.count(use.peakLast));
    const middle = (use.largestGap.fromByte + use.largestGap.toByte) / 2;
    if (scale.heightOf(use.largestGap.toByte - use.largestGap.fromByte) > 40) {
      const x = scale.x(steps * 0.42);
      drawing.append(svg('text', { 'class': 'strong', x, 'y': scale.y(middle) - 2, 'text-anchor': 'middle' }, text('memoryUnused', figures.binaryBytesText(use.unusedBytes))),
        svg('text', { x, 'y': scale.y(middle) + 13, 'text-anchor': 'middle' }, peak));
    }
    this.plot.replaceChildren(drawing);
    this.select(this.selection);
  }

  private axes(scale: Scale, steps: number): SVGElement[] {
    const { figures, text } = this.context;
    const rows = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
      const y = scale.y(share * kpuMemoryBytes);
      const label = share === 0 ? '0' : share === 0.25 ? `${figures.fixed(0.5, 1)} MiB` : figures.fixed(share * 2, 1);
      return [svg('line', { class: share === 0 ? 'axis' : 'grid', x1: margin.left, x2: scale.width - margin.right, y1: y, y2: y }), svg('text', { 'x': margin.left - 8, 'y': y + 4, 'text-anchor': 'end' }, label)];
    });
    const apart = Math.max(1, ...[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((step) => scale.widthOf(step) <= 88));
    const columns = Array.from({ length: Math.ceil(steps / apart) }, (_, index) => index * apart).filter((step) => scale.x(step) < scale.width - 24);
    return [...rows, ...columns.map((step) => svg('text', { x: scale.x(step), y: height - 6 }, step === 0 ? text('memoryLayer', 0) : figures.count(step)))];
  }

  /** Layers of the processor, which leave this memory alone. */
  private cpuRuns({ layers }: KmodelInspection, scale: Scale): SVGElement[] {
    const runs: { first: number; last: number }[] = [];
    for (const { index, unit } of layers) {
      if (unit !== 'cpu') continue;
      const before = runs.at(-1);
      if (before !== undefined && before.last === index - 1) before.last = index;
      else runs.push({ first: index, last: index });
    }
    return runs.flatMap(({ first, last }) => {
      const width = scale.widthOf(last - first + 1);
      const area = svg('rect', { class: 'cpurun', x: scale.x(first), y: scale.y(kpuMemoryBytes), width, height: scale.heightOf(kpuMemoryBytes) });
      const name = svg('text', { 'class': 'strong cpuname', 'x': scale.x(first) + width / 2, 'y': scale.y(kpuMemoryBytes / 2) + 4, 'text-anchor': 'middle' }, this.context.text('cpu'));
      return width > 26 ? [area, name] : [area];
    });
  }

  private block(buffer: InspectedBuffer, scale: Scale): SVGElement {
    const { figures, text } = this.context;
    const { birth, death, fromByte, toByte } = buffer;
    const [x, width] = [scale.x(Math.max(0, birth)), scale.widthOf(Math.max(1, death - Math.max(0, birth) + 1))];
    const blockHeight = Math.max(leastBlock, scale.heightOf(toByte - fromByte));
    const y = Math.min(scale.y(toByte), scale.y(0) - blockHeight);
    const name = birth < 0 ? text('memoryInput') : figures.count(birth);
    const box = svg('rect', { x: x + 0.5, y, width: Math.max(1, width - 1), height: blockHeight }, svg('title', {}, `${birth < 0 ? name : text('layerOne', name)}: ${figures.binaryBytesText(toByte - fromByte)}`));
    const shape = svg('g', { 'class': 'block', 'data-birth': birth }, box);
    if (width >= labelledWidth && blockHeight >= labelledHeight && birth >= 0) shape.append(svg('text', { 'x': x + width / 2, 'y': y + blockHeight / 2 + 4, 'text-anchor': 'middle' }, name));
    if (birth >= 0) shape.addEventListener('click', () => this.context.select({ first: birth, last: birth }));
    this.blocks.push({ buffer, shape });
    return shape;
  }
}

/** Layers to the right, addresses up. */
class Scale {
  constructor(readonly width: number, private readonly steps: number) {}

  x(step: number): number {
    return margin.left + this.widthOf(step);
  }

  widthOf(steps: number): number {
    return (steps * (this.width - margin.left - margin.right)) / Math.max(1, this.steps);
  }

  y(bytes: number): number {
    return height - margin.bottom - this.heightOf(bytes);
  }

  heightOf(bytes: number): number {
    return (bytes * (height - margin.top - margin.bottom)) / kpuMemoryBytes;
  }
}

function cpuPattern(): SVGElement {
  return svg('defs', {}, svg('pattern', { id: 'cpu-hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    svg('rect', { class: 'hatchground', width: 5, height: 5 }), svg('path', { class: 'hatchline', d: 'M0 0V5' })));
}
