import { svg } from '../../common/element';

type Points = readonly (readonly [number, number])[];

export interface OverlayPlan {
  /** Size of the picture in the unit of the places. */
  readonly width: number;
  readonly height: number;
  readonly points: Points;
  readonly box?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Corners of the square that becomes the crop, drawn where there is no box. */
  readonly corners?: Points;
}

/** Points and box over a picture, in a white and a blue stroke, so that they are seen on any picture. */
export function faceOverlay({ width, height, points, box, corners }: OverlayPlan): SVGElement {
  const unit = Math.max(width, height) / 112;
  const shapes = [
    ...(box ? [() => svg('rect', { x: box.x, y: box.y, width: box.width, height: box.height })] : []),
    ...(!box && corners ? [() => svg('polygon', { points: corners.map((corner) => corner.join(',')).join(' ') })] : []),
    ...points.map(([x, y]) => () => svg('circle', { cx: x, cy: y, r: 2.6 * unit })),
  ];
  const strokes = [['#fff', 2.4], ['#0063d3', 1.2]] as const;
  const drawn = shapes.flatMap((make) => strokes.map(([stroke, thickness]) => {
    const shape = make();
    shape.setAttribute('stroke', stroke);
    shape.setAttribute('stroke-width', String(thickness * unit * (112 / 140)));
    return shape;
  }));
  return svg('svg', { 'viewBox': `0 0 ${width} ${height}`, 'class': 'overlay', 'fill': 'none', 'aria-hidden': 'true' }, ...drawn);
}
